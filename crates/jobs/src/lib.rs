//! Queue, schedules, progress, cancel, retries over PostgreSQL.
