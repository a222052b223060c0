DROP TABLE idempotency_keys, api_tokens, sessions, suggestions, model_versions, jobs, event_sequence,
  events, messages, ticket_tags, tickets, tags, categories, queue_members, queues, users, organisations;
