import type { Knex } from 'knex'

/**
 * Claims and what was answered. The public login writes claims and can never read a sealed record
 * back; keys stand in a narrow table of their own, whose backups can be kept for a shorter time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Encrypted under a key that only the person's cookie holds; the id is derived from that key.
    -- After the claim is filed the row keeps, for a day, what lets the same browser correct a
    -- mistyped address: then claim_id is set.
    create table drafts (
      id bytea primary key check (length(id) = 32),
      matter_id uuid not null references matters,
      form_version integer not null,
      ciphertext bytea not null,
      claim_id uuid,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      expires_at timestamptz not null
    );
    create index drafts_matter on drafts (matter_id);
    create index drafts_expiry on drafts (expires_at);
    grant select, insert, update, delete on drafts to joinder_public;
    grant select (id, matter_id, claim_id, expires_at), delete on drafts to joinder_worker;

    -- A person asks to be mailed the link that opens their draft in another browser. The draft's secret
    -- and the address stand in the box, sealed to the worker; the box is there until the mail has gone,
    -- or cannot go, and not longer than the draft.
    create table draft_requests (
      id uuid primary key,
      draft_id bytea not null references drafts on delete cascade,
      box bytea,
      created_at timestamptz not null,
      handled_at timestamptz,
      -- what became of the mail
      outcome text check (outcome in ('sent', 'bounced', 'failed', 'dropped')),
      check ((box is null) = (handled_at is not null)),
      check ((outcome is null) = (handled_at is null))
    );
    create index draft_requests_draft on draft_requests (draft_id);
    grant insert on draft_requests to joinder_public;
    grant select (id, draft_id, created_at, handled_at, outcome) on draft_requests to joinder_public;
    grant select, update (box, handled_at, outcome) on draft_requests to joinder_worker;

    create table claims (
      id uuid primary key,
      number text collate "C" not null unique,
      matter_id uuid not null,
      form_version integer not null,
      language text not null check (language in ('ko', 'en')),
      state text not null default 'unverified' check (state in ('unverified', 'verified', 'in_review',
        'accepted', 'rejected', 'deficient', 'duplicate', 'expired', 'withdrawn', 'erased')),
      -- version of the sealed record in force
      version integer not null default 1,
      -- counts changes of the row, so that a stale page is noticed
      revision integer not null default 0,
      -- the draft's id: the same submission sent twice is one claim
      submission bytea not null unique,
      filed_at timestamptz not null,
      screened_at timestamptz,
      verified_at timestamptz,
      -- when the newest mail to the claimant came back; null once another goes out
      bounced_at timestamptz,
      -- an earlier claim that looks like the same person's, found by blind index
      duplicate_of uuid references claims,
      assigned_to uuid references people,
      decided_by uuid references people,
      decided_at timestamptz,
      decision_reason text,
      -- something that is required is missing: kept by trigger from the needs
      incomplete boolean not null default false,
      foreign key (matter_id, form_version) references claim_forms (matter_id, version)
    );
    create index claims_matter_state on claims (matter_id, state, filed_at, id);
    create index claims_state on claims (state, filed_at, id);
    create index claims_unscreened on claims (filed_at) where screened_at is null;
    create index claims_bounced on claims (filed_at, id)
      where state = 'unverified' and bounced_at is not null;
    create index claims_duplicate_of on claims (duplicate_of) where duplicate_of is not null;
    create index claims_assigned_to on claims (assigned_to, state, filed_at, id)
      where assigned_to is not null;
    create index claims_decided_by on claims (decided_by) where decided_by is not null;

    create table sealed_records (
      claim_id uuid not null references claims,
      version integer not null check (version > 0),
      ciphertext bytea not null,
      -- SHA-256 of the ciphertext; the entry that recorded this version commits to it
      sha256 bytea not null check (length(sha256) = 32),
      created_at timestamptz not null,
      primary key (claim_id, version)
    );

    create table wrapped_keys (
      claim_id uuid not null,
      version integer not null,
      -- 'intake': a sealed box that only the worker opens; 'vault': wrapped again after screening
      wrapped_by text not null check (wrapped_by in ('intake', 'vault')),
      wrapped bytea not null,
      primary key (claim_id, version),
      foreign key (claim_id, version) references sealed_records (claim_id, version)
    );

    create table blind_indexes (
      kind text collate "C" not null check (kind in ('email', 'phone', 'name_birth')),
      value bytea not null check (length(value) = 32),
      matter_id uuid not null references matters,
      claim_id uuid not null references claims,
      primary key (kind, value, matter_id, claim_id)
    );
    create index blind_indexes_matter on blind_indexes (matter_id);
    create index blind_indexes_claim on blind_indexes (claim_id);

    -- One mailed link and its six-digit code. The worker derives both from the id, checks both itself, and
    -- fills the hash of the link's token when it mails them.
    create table verifications (
      id uuid primary key,
      claim_id uuid not null references claims,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      token_hash bytea unique,
      attempts integer not null default 0,
      consumed_at timestamptz,
      superseded_at timestamptz
    );
    create index verifications_claim on verifications (claim_id, created_at);

    -- What a claimant asks for that only the worker can do, because it takes reading the claim.
    create table claim_requests (
      id uuid primary key,
      claim_id uuid not null references claims,
      kind text not null check (kind in ('new_link', 'correct_email')),
      -- the browser that filed, the link of an older mail, or whoever knows the claim's number: each
      -- may ask only so often, and none for the others
      asked_from text not null check (asked_from in ('filed', 'link', 'number')),
      -- sealed to the worker; null where nothing was typed
      box bytea,
      created_at timestamptz not null,
      handled_at timestamptz
    );
    create index claim_requests_waiting on claim_requests (created_at) where handled_at is null;
    create index claim_requests_claim on claim_requests (claim_id, kind, created_at);

    -- What the public surface shows to whoever holds a mailed link or the cookie of an opened one: sealed
    -- by the worker to a key that is derived from the token there, of which only the hash is here.
    create table claimant_copies (
      token_hash bytea not null check (length(token_hash) = 32),
      kind text collate "C" not null check (kind in ('receipt', 'signed',
        'guardian', 'claim', 'looked', 'answers', 'documents', 'papers', 'messages', 'data')),
      claim_id uuid not null references claims,
      public_key bytea not null check (length(public_key) = 32),
      box bytea not null,
      -- acts of opening that a copy of who looked tells of
      openings integer,
      -- messages that a copy of the thread holds
      messages integer,
      created_at timestamptz not null,
      primary key (token_hash, kind, claim_id),
      check ((kind = 'looked') = (openings is not null)),
      check ((kind = 'messages') = (messages is not null))
    );
    create index claimant_copies_claim on claimant_copies (claim_id);
    -- Those of the claims that somebody has open right now.
    create index claimant_copies_looked on claimant_copies (claim_id) where kind = 'looked';
    create index claimant_copies_data on claimant_copies (created_at) where kind = 'data';
    create index claimant_copies_messages on claimant_copies (claim_id) where kind = 'messages';
    grant select, insert, delete on claimant_copies to joinder_worker;
    -- A copy of who looked, or of the messages, is made anew while it is open.
    grant update (box, openings, messages) on claimant_copies to joinder_worker;

    alter table claims enable row level security;
    alter table sealed_records enable row level security;
    alter table wrapped_keys enable row level security;

    grant insert on claims, sealed_records, wrapped_keys, claim_requests to joinder_public;
    grant select (id, number, matter_id, form_version, language, state, version, revision, submission, filed_at,
      verified_at, bounced_at) on claims to joinder_public;
    grant select (claim_id, kind, asked_from, created_at) on claim_requests to joinder_public;
    -- To hold the row while requests are counted; the policy lets nothing be written.
    grant update (revision) on claims to joinder_public;
    grant select (id, claim_id, created_at, expires_at, token_hash, consumed_at, superseded_at)
      on verifications to joinder_public;
    create policy public_reads on claims for select to joinder_public using (true);
    create policy public_files on claims for insert to joinder_public with check (state = 'unverified');
    create policy public_holds on claims for update to joinder_public
      using (state = 'unverified') with check (false);
    create policy public_seals on sealed_records for insert to joinder_public with check (version = 1);
    create policy public_wraps on wrapped_keys for insert to joinder_public
      with check (version = 1 and wrapped_by = 'intake');

    grant select on claims, sealed_records, wrapped_keys to joinder_staff;
    grant update (state, revision, assigned_to, decided_by, decided_at, decision_reason)
      on claims to joinder_staff;
    create policy staff_reads on claims for select to joinder_staff
      using (actor_sees_matter(matter_id));
    -- Counsel receive claims in batches and never change one.
    create policy staff_decides on claims for update to joinder_staff
      using (actor_role() in ('administrator', 'moderator'));
    create policy staff_reads on sealed_records for select to joinder_staff
      using (actor_role() in ('administrator', 'moderator'));
    create policy staff_reads on wrapped_keys for select to joinder_staff
      using (actor_role() in ('administrator', 'moderator'));

    grant select, update on claims to joinder_worker;
    grant select, insert, delete on sealed_records, blind_indexes to joinder_worker;
    grant select, insert, update, delete on wrapped_keys to joinder_worker;
    grant select, insert, update on verifications to joinder_worker;
    grant select, update on claim_requests to joinder_worker;
    create policy worker_all on claims to joinder_worker using (true) with check (true);
    create policy worker_all on sealed_records to joinder_worker using (true) with check (true);
    create policy worker_all on wrapped_keys to joinder_worker using (true) with check (true);
  `)
}
