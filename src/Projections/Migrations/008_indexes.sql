-- For what was found reading whole tables: who shares, a user's sessions, dead ones too, and what is to be purged.
create index on projections.shares (from_user_id);
create index on projections.sessions (user_id);
drop index projections.sessions_user_id_idx;
create index on transient.session_activity (user_id);
create index on transient.srp_setups (created_at);
create index on transient.pending_totp (expires_at);
create index on transient.used_totp_steps (step);
