DROP TABLE ticket_milestones;
