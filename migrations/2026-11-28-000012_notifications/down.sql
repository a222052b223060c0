DROP TABLE message_mentions;
-- The program before this one does not know these kinds.
DELETE FROM notifications WHERE kind IN ('ticket.assigned', 'ticket.mentioned', 'ticket.replied');
ALTER TABLE notifications DROP COLUMN actor_id, DROP COLUMN message_id;
