-- What an agent may see is a list of queues: with the queue at the end of every index, tickets of others are
-- left out, and totals counted, without fetching a row.
ALTER TABLE tickets
  DROP KEY tickets_assignee_status_urgency,
  DROP KEY tickets_assignee_status_updated,
  DROP KEY tickets_requester_status_urgency,
  DROP KEY tickets_requester_status_updated,
  ADD KEY tickets_assignee_status_urgency (assignee_id, list_status, urgency, created_at, id, queue_id),
  ADD KEY tickets_assignee_status_updated (assignee_id, list_status, updated_at, id, urgency, queue_id),
  ADD KEY tickets_requester_status_urgency (requester_id, list_status, urgency, created_at, id, queue_id),
  ADD KEY tickets_requester_status_updated (requester_id, list_status, updated_at, id, urgency, queue_id);
