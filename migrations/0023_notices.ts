import type { Knex } from 'knex'

/**
 * Notices that were mailed to the members of a class: who types the ID and PIN of one proves to be a
 * member. What stands here is made with a key that only the worker holds, so that whoever copies the
 * tables finds no ID, no PIN and no name, and cannot try them out; the public login has no right to the
 * list at all, and asks the worker about one ID and one PIN at a time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table notices (
      matter_id uuid not null references matters,
      -- HMAC of matter and ID
      id_index bytea not null check (length(id_index) = 32),
      -- HMAC of matter, ID and PIN
      proof bytea not null check (length(proof) = 32),
      -- what a form can be filled in with, AES-256-GCM under a key made of ID, PIN and the worker's key;
      -- null where the PIN is too short for that
      box bytea,
      primary key (matter_id, id_index)
    );
    grant select, insert, delete on notices to joinder_worker;

    -- How large the list of a matter is: counted here, because counting the rows of one takes seconds.
    create table notice_lists (
      matter_id uuid primary key references matters,
      ids integer not null default 0 check (ids >= 0),
      -- of these, how many can fill in a form
      fillable integer not null default 0 check (fillable between 0 and ids),
      -- made-up notices of a demonstration
      demonstration boolean not null default false
    );
    grant select on notice_lists to joinder_public, joinder_staff, joinder_worker;
    grant insert, update on notice_lists to joinder_worker;

    -- What was done to a list: never changed.
    create table notice_imports (
      id uuid primary key,
      matter_id uuid not null references matters,
      kind text not null check (kind in ('import', 'removal')),
      done_by uuid not null references people,
      at timestamptz not null,
      -- lines of the file; how many IDs it added (or how many were removed), how many can fill in a form,
      -- how many lines were not taken
      lines integer not null,
      ids integer not null,
      fillable integer not null,
      refused integer not null
    );
    create index notice_imports_matter on notice_imports (matter_id, at);
    create index notice_imports_done_by on notice_imports (done_by);
    alter table notice_imports enable row level security;
    grant select on notice_imports to joinder_staff;
    grant select, insert on notice_imports to joinder_worker;
    create policy staff_reads on notice_imports for select to joinder_staff
      using (actor_role() = 'administrator');
    create policy worker_all on notice_imports to joinder_worker using (true) with check (true);

    -- Somebody typed an ID and a PIN: sealed to the worker, answered sealed to that browser.
    create table notice_checks (
      id uuid primary key,
      matter_id uuid not null references matters,
      -- X25519, derived from a secret that stands in the browser's draft
      public_key bytea not null check (length(public_key) = 32),
      -- gone once answered
      box bytea,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      answered_at timestamptz,
      -- of one length, whatever it says
      answer bytea,
      -- HMAC of matter and typed ID, by which guesses at one ID are counted
      tried bytea check (length(tried) = 32),
      outcome text check (outcome in ('right', 'wrong', 'braked')),
      check ((box is null) = (answered_at is not null)),
      check ((answer is null) = (answered_at is null) and (tried is null) = (answered_at is null)
        and (outcome is null) = (answered_at is null))
    );
    create index notice_checks_waiting on notice_checks (created_at) where answered_at is null;
    create index notice_checks_expiry on notice_checks (expires_at);
    create index notice_checks_guesses on notice_checks (matter_id, tried, answered_at)
      where outcome = 'wrong';
    create index notice_checks_wrong on notice_checks (matter_id, answered_at) where outcome = 'wrong';
    create index notice_checks_matter on notice_checks (matter_id);
    grant insert (id, matter_id, public_key, box, created_at, expires_at) on notice_checks to joinder_public;
    grant select (id, matter_id, created_at, expires_at, answered_at, answer) on notice_checks to joinder_public;
    grant select, delete on notice_checks to joinder_worker;
    grant update (box, answered_at, answer, tried, outcome) on notice_checks to joinder_worker;

    -- That the person of a claim proved to be a member. The index is made with another key than that of
    -- the list: the two tables tell nobody which notice was used.
    create table claim_notices (
      claim_id uuid primary key references claims,
      matter_id uuid not null references matters,
      notice_index bytea not null check (length(notice_index) = 32),
      noted_at timestamptz not null
    );
    create index claim_notices_same on claim_notices (matter_id, notice_index);
    alter table claim_notices enable row level security;
    grant select on claim_notices to joinder_staff;
    grant select, insert, delete on claim_notices to joinder_worker;
    create policy staff_reads on claim_notices for select to joinder_staff
      using (actor_role() in ('administrator', 'moderator'));
    create policy worker_all on claim_notices to joinder_worker using (true) with check (true);

    create policy notices_public_appends on ledger_entries for insert to joinder_public
      with check (kind = 'notice.asked');
    create policy notices_worker_appends on ledger_entries for insert to joinder_worker
      with check (kind in ('notice.answered', 'notices.imported', 'notices.removed'));
  `)
}
