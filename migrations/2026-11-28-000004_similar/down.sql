DROP TABLE category_proposal_runs;
DROP TABLE category_proposals;
DROP TABLE canned_reply_uses;
DROP TABLE canned_replies;
DROP TABLE ticket_neighbours;
