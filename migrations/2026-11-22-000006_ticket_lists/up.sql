-- Indexes that keep a page of tickets as cheap at two million as at twenty thousand. Closed tickets are
-- nearly all of them, so every index has the status before the order: a list is a merge of the first
-- rows of a few ranges (domain/src/tickets/list), each read in order and no further than the page.
--
-- What follows the id is there to leave tickets out without fetching their rows. "Urgency" indexes serve
-- priority-then-age as they are, and newest and oldest as one range for each of the four urgencies. One
-- statement, one rebuild of the table: writers wait for it, about a minute for two million tickets.
ALTER TABLE tickets
  ADD COLUMN assigned BOOLEAN AS (assignee_id IS NOT NULL) STORED,
  -- NULL: in no list, because it is deleted or was merged into another.
  ADD COLUMN list_status VARCHAR(16) AS (IF(deleted_at IS NULL AND merged_into_id IS NULL, status, NULL)) STORED,
  ADD KEY tickets_status_urgency (list_status, urgency, created_at, id, queue_id),                        -- all queues
  ADD KEY tickets_status_updated (list_status, updated_at, id, urgency, queue_id),
  ADD KEY tickets_queue_status_created (queue_id, list_status, assigned, created_at, id),       -- one queue or several
  ADD KEY tickets_queue_status_updated (queue_id, list_status, assigned, updated_at, id, urgency),
  ADD KEY tickets_queue_status_urgency (queue_id, list_status, assigned, urgency, created_at, id),
  ADD KEY tickets_assignee_status_urgency (assignee_id, list_status, urgency, created_at, id),  -- "mine", "nobody's"
  ADD KEY tickets_assignee_status_updated (assignee_id, list_status, updated_at, id, urgency),
  ADD KEY tickets_requester_status_urgency (requester_id, list_status, urgency, created_at, id), -- a customer's own
  ADD KEY tickets_requester_status_updated (requester_id, list_status, updated_at, id, urgency),
  ADD KEY tickets_category_status_urgency (category_id, list_status, urgency, created_at, id, queue_id), -- a category
  ADD KEY tickets_category_status_updated (category_id, list_status, updated_at, id, urgency, queue_id),
  DROP KEY tickets_created,
  DROP KEY tickets_updated,
  DROP KEY tickets_urgency,
  DROP KEY tickets_queue_created,
  DROP KEY tickets_queue_updated,
  DROP KEY tickets_queue_urgency,
  DROP KEY tickets_requester,
  DROP KEY tickets_assignee;
