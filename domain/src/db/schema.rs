//! The tables as diesel sees them; the truth is in `migrations/`.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    organisations (id) {
        id -> Binary,
        name -> Text,
        created_at -> Datetime,
        updated_at -> Datetime,
    }
}

table! {
    users (id) {
        id -> Binary,
        email -> Text,
        name -> Text,
        role -> Text,
        active -> Bool,
        organisation_id -> Nullable<Binary>,
        password_hash -> Nullable<Text>,
        created_at -> Datetime,
        updated_at -> Datetime,
        seen_from -> Nullable<Datetime>,
    }
}

table! {
    queues (id) {
        id -> Binary,
        name -> Text,
        description -> Text,
        is_default -> Bool,
        created_at -> Datetime,
        updated_at -> Datetime,
    }
}

table! {
    queue_members (user_id, queue_id) {
        queue_id -> Binary,
        user_id -> Binary,
        queue_right -> Text,
    }
}

table! {
    categories (id) {
        id -> Binary,
        name -> Text,
        description -> Text,
        active -> Bool,
        created_at -> Datetime,
        updated_at -> Datetime,
    }
}

table! {
    tags (id) {
        id -> Binary,
        name -> Text,
        created_at -> Datetime,
    }
}

table! {
    tickets (id) {
        id -> Binary,
        number -> Unsigned<BigInt>,
        subject -> Text,
        status -> Text,
        priority -> Text,
        urgency -> Unsigned<TinyInt>,
        priority_origin -> Text,
        category_id -> Nullable<Binary>,
        applied_category_id -> Nullable<Binary>,
        applied_priority -> Nullable<Text>,
        queue_id -> Binary,
        requester_id -> Binary,
        assignee_id -> Nullable<Binary>,
        assigned -> Bool,
        list_status -> Nullable<Text>,
        version -> Unsigned<Integer>,
        source -> Text,
        external_id -> Nullable<Text>,
        created_at -> Datetime,
        updated_at -> Datetime,
        solved_at -> Nullable<Datetime>,
        deleted_at -> Nullable<Datetime>,
        merged_into_id -> Nullable<Binary>,
    }
}

table! {
    ticket_tags (ticket_id, tag_id) {
        ticket_id -> Binary,
        tag_id -> Binary,
    }
}

table! {
    messages (id) {
        id -> Binary,
        ticket_id -> Binary,
        author_id -> Binary,
        kind -> Text,
        channel -> Text,
        body_text -> Text,
        body_html -> Nullable<Text>,
        created_at -> Datetime,
    }
}

table! {
    events (seq) {
        seq -> Unsigned<BigInt>,
        position -> Nullable<Unsigned<BigInt>>,
        kind -> Text,
        subject_id -> Binary,
        internal -> Bool,
        actor_id -> Nullable<Binary>,
        payload -> Text,
        occurred_at -> Datetime,
        count_from -> Nullable<Text>,
        count_to -> Nullable<Text>,
        origin -> Nullable<Text>,
    }
}

table! {
    event_sequence (id) {
        id -> Unsigned<TinyInt>,
        log_id -> Binary,
        position -> Unsigned<BigInt>,
        kept_after -> Unsigned<BigInt>,
        beat_at -> Datetime,
        counted -> Unsigned<BigInt>,
    }
}

table! {
    ticket_counts (queue_id, status, priority, assigned) {
        queue_id -> Binary,
        status -> Text,
        priority -> Text,
        assigned -> Bool,
        tickets -> BigInt,
    }
}

table! {
    jobs (id) {
        id -> Binary,
        kind -> Text,
        subject_id -> Binary,
        payload -> Text,
        state -> Text,
        attempts -> Unsigned<SmallInt>,
        run_at -> Datetime,
        claimed_by -> Nullable<Binary>,
        last_error -> Nullable<Text>,
        created_at -> Datetime,
    }
}

table! {
    model_versions (id) {
        id -> Binary,
        kind -> Text,
        number -> Unsigned<Integer>,
        artifact_hash -> Binary,
        artifact_bytes -> Unsigned<Integer>,
        threshold -> Double,
        labels -> Text,
        metrics -> Text,
        active -> Bool,
        created_at -> Datetime,
        created_by -> Nullable<Binary>,
        run_id -> Nullable<Binary>,
        feature_version -> Unsigned<SmallInt>,
        parameters -> Nullable<Text>,
        training_data -> Nullable<Text>,
        confusion -> Nullable<Text>,
        needs_onnx -> Bool,
        maker_runs_onnx -> Bool,
    }
}

table! {
    model_rollouts (kind) {
        kind -> Text,
        champion_id -> Nullable<Binary>,
        candidate_id -> Nullable<Binary>,
        previous_id -> Nullable<Binary>,
        stage -> Text,
        percent -> Unsigned<SmallInt>,
        enabled -> Bool,
        revision -> Unsigned<Integer>,
        stage_since -> Datetime,
        champion_since -> Nullable<Datetime>,
        cool_down_until -> Nullable<Datetime>,
        guards -> Text,
    }
}

table! {
    model_rollout_steps (id) {
        id -> Binary,
        kind -> Text,
        action -> Text,
        version_id -> Nullable<Binary>,
        actor_id -> Nullable<Binary>,
        reason -> Nullable<Text>,
        is_override -> Bool,
        evidence -> Nullable<Text>,
        created_at -> Datetime,
        champion_id -> Nullable<Binary>,
        candidate_id -> Nullable<Binary>,
        previous_id -> Nullable<Binary>,
        stage -> Text,
        percent -> Unsigned<SmallInt>,
        enabled -> Bool,
        revision -> Unsigned<Integer>,
        stage_since -> Datetime,
        champion_since -> Nullable<Datetime>,
        cool_down_until -> Nullable<Datetime>,
        guards -> Text,
    }
}

table! {
    model_validations (id) {
        id -> Binary,
        candidate_id -> Binary,
        champion_id -> Nullable<Binary>,
        sample -> Unsigned<Integer>,
        candidate_right -> Unsigned<Integer>,
        champion_right -> Unsigned<Integer>,
        difference -> Double,
        low -> Double,
        high -> Double,
        verdict -> Text,
        created_at -> Datetime,
        note -> Nullable<Text>,
    }
}

table! {
    shadow_scores (ticket_id, kind, model_version_id) {
        ticket_id -> Binary,
        kind -> Text,
        model_version_id -> Binary,
        category_id -> Nullable<Binary>,
        priority -> Nullable<Text>,
        probability -> Double,
        abstained -> Bool,
        champion_agrees -> Nullable<Bool>,
        created_at -> Datetime,
    }
}

table! {
    suggestions (id) {
        id -> Binary,
        ticket_id -> Binary,
        kind -> Text,
        category_id -> Nullable<Binary>,
        priority -> Nullable<Text>,
        probability -> Double,
        abstained -> Bool,
        runner_ups -> Text,
        deciding_words -> Text,
        model_version_id -> Binary,
        /// To be written: the state in the words of the release before.
        #[sql_name = "state"]
        stored_state -> Text,
        /// To be read: made by the database of `stored_state` and what stands beside it.
        #[sql_name = "outcome"]
        state -> Text,
        decided_by -> Nullable<Binary>,
        decided_at -> Nullable<Datetime>,
        created_at -> Datetime,
        arm -> Text,
        new_word_share -> Nullable<Double>,
        took_us -> Nullable<Unsigned<Integer>>,
        language -> Nullable<Text>,
        applied_at -> Nullable<Datetime>,
        was_priority -> Nullable<Text>,
    }
}

table! {
    notifications (id) {
        id -> Binary,
        user_id -> Binary,
        kind -> Text,
        subject_id -> Binary,
        text -> Text,
        created_at -> Datetime,
        read_at -> Nullable<Datetime>,
        actor_id -> Nullable<Binary>,
        message_id -> Nullable<Binary>,
    }
}

table! {
    drafts (id) {
        id -> Binary,
        author_id -> Binary,
        subject_id -> Binary,
        kind -> Text,
        subject -> Text,
        body -> Text,
        version -> Unsigned<Integer>,
        created_at -> Datetime,
        updated_at -> Datetime,
        cleared_at -> Nullable<Datetime>,
    }
}

table! {
    read_marks (user_id, ticket_id) {
        user_id -> Binary,
        ticket_id -> Binary,
        seq -> Unsigned<BigInt>,
    }
}

table! {
    message_mentions (message_id, user_id) {
        message_id -> Binary,
        user_id -> Binary,
    }
}

table! {
    user_preferences (user_id) {
        user_id -> Binary,
        locale -> Nullable<Text>,
        time_zone -> Nullable<Text>,
        theme -> Text,
        muted -> Text,
    }
}

table! {
    saved_views (id) {
        id -> Binary,
        owner_id -> Binary,
        name -> Text,
        definition -> Text,
        sharing -> Text,
        queue_id -> Nullable<Binary>,
        position -> Integer,
        created_at -> Datetime,
        updated_at -> Datetime,
    }
}

table! {
    ticket_milestones (ticket_id, kind, reached_at) {
        ticket_id -> Binary,
        kind -> Text,
        reached_at -> Datetime,
        seconds -> Unsigned<BigInt>,
        queue_id -> Nullable<Binary>,
    }
}

table! {
    queue_auto_apply (queue_id, kind) {
        queue_id -> Binary,
        kind -> Text,
        threshold -> Double,
    }
}

table! {
    sessions (token_hash) {
        token_hash -> Binary,
        id -> Binary,
        user_id -> Binary,
        created_at -> Datetime,
        expires_at -> Datetime,
    }
}

table! {
    api_tokens (id) {
        id -> Binary,
        token_hash -> Binary,
        user_id -> Binary,
        name -> Text,
        scopes -> Text,
        created_at -> Datetime,
        expires_at -> Nullable<Datetime>,
        revoked_at -> Nullable<Datetime>,
    }
}

table! {
    idempotency_keys (user_id, idempotency_key) {
        user_id -> Binary,
        idempotency_key -> Text,
        request_hash -> Binary,
        result_id -> Binary,
        created_at -> Datetime,
    }
}

table! {
    ticket_neighbours (ticket_id) {
        ticket_id -> Binary,
        neighbours -> Text,
        computed_at -> Datetime,
    }
}

table! {
    canned_replies (id) {
        id -> Binary,
        name -> Text,
        body -> Text,
        queue_id -> Nullable<Binary>,
        active -> Bool,
        created_by -> Nullable<Binary>,
        created_at -> Datetime,
        updated_at -> Datetime,
    }
}

table! {
    canned_reply_uses (message_id) {
        message_id -> Binary,
        canned_reply_id -> Binary,
    }
}

table! {
    category_proposals (id) {
        id -> Binary,
        size -> Unsigned<Integer>,
        cohesion -> Double,
        words -> Text,
        ticket_ids -> Text,
        state -> Text,
        category_id -> Nullable<Binary>,
        decided_by -> Nullable<Binary>,
        decided_at -> Nullable<Datetime>,
        created_at -> Datetime,
    }
}

table! {
    model_runs (id) {
        id -> Binary,
        kind -> Text,
        state -> Text,
        step -> Nullable<Text>,
        done -> Double,
        requested_by -> Nullable<Binary>,
        options -> Text,
        error -> Nullable<Text>,
        version_id -> Nullable<Binary>,
        tickets -> Nullable<Unsigned<Integer>>,
        labelled -> Nullable<Unsigned<Integer>>,
        cancel_requested -> Bool,
        created_at -> Datetime,
        started_at -> Nullable<Datetime>,
        finished_at -> Nullable<Datetime>,
    }
}

table! {
    category_proposal_runs (id) {
        id -> Unsigned<TinyInt>,
        ran_at -> Datetime,
    }
}

table! {
    model_schedules (kind) {
        kind -> Text,
        id -> Binary,
        every_hours -> Unsigned<Integer>,
        minimum_new_labels -> Unsigned<Integer>,
        enabled -> Bool,
        next_run_at -> Datetime,
        last_run_id -> Nullable<Binary>,
        changed_by -> Nullable<Binary>,
        changed_at -> Nullable<Datetime>,
    }
}

joinable!(ticket_neighbours -> tickets (ticket_id));
joinable!(canned_reply_uses -> messages (message_id));
joinable!(canned_reply_uses -> canned_replies (canned_reply_id));
joinable!(tickets -> queues (queue_id));
joinable!(tickets -> categories (category_id));
joinable!(ticket_tags -> tags (tag_id));
joinable!(ticket_tags -> tickets (ticket_id));
joinable!(messages -> tickets (ticket_id));
joinable!(suggestions -> tickets (ticket_id));
joinable!(sessions -> users (user_id));
joinable!(api_tokens -> users (user_id));
allow_tables_to_appear_in_same_query!(event_sequence, ticket_counts);
allow_tables_to_appear_in_same_query!(users, user_preferences);
allow_tables_to_appear_in_same_query!(queue_members, user_preferences);
allow_tables_to_appear_in_same_query!(
    organisations,
    users,
    queues,
    queue_members,
    queue_auto_apply,
    categories,
    tags,
    tickets,
    ticket_tags,
    messages,
    events,
    jobs,
    suggestions,
    model_versions,
    sessions,
    api_tokens,
    ticket_neighbours,
    canned_replies,
    canned_reply_uses,
    category_proposals,
);
