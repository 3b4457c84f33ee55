import type { Knex } from 'knex'

/**
 * The ledger: every change appends an entry in its own transaction. That it is append-only is a fact
 * of the database: no login is granted more than INSERT and SELECT, triggers refuse UPDATE, DELETE and
 * TRUNCATE even to the owner, and row-level checks say which login may write which kind of entry.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table ledger_entries (
      id uuid primary key,
      kind text collate "C" not null,
      -- the public part: RFC 8785 JSON, kept as text because its bytes are hashed
      entry text not null check (octet_length(entry) <= 8192),
      at timestamptz not null
    );

    create table ledger_private (
      entry_id uuid primary key references ledger_entries,
      claim_id uuid,
      -- RFC 8785 JSON; ids and reason codes only, never personal data
      private text not null
    );
    create index ledger_private_claim on ledger_private (claim_id, entry_id) where claim_id is not null;

    -- Apart from the entries, because erasing a claim destroys its salts.
    create table ledger_salts (
      entry_id uuid primary key references ledger_entries,
      salt bytea not null check (length(salt) = 32)
    );

    -- Entries that the tree does not hold yet, filled by trigger so that no writer can forget. The
    -- sequence gives two changes of one claim the order in which they were made, which ids made on
    -- two hosts would not. No foreign key: the trigger is the only writer, and every filing pays for it.
    create table ledger_pending (
      seq bigint generated always as identity primary key,
      entry_id uuid not null
    );
    -- Rows come and go by the thousand; left to the defaults, the next ones would be found behind the dead.
    alter table ledger_pending set (
      autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
      autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 5000);

    -- The claims of an opening; the entry commits to their count and Merkle root.
    create table opening_claims (
      claim_id uuid not null references claims,
      entry_id uuid not null references ledger_entries,
      primary key (claim_id, entry_id)
    );
    create index opening_claims_entry on opening_claims (entry_id);

    -- Openings by one person in the running hour and day, counted under this row's lock.
    create table opening_budgets (
      person_id uuid primary key references people,
      hour timestamptz not null,
      hour_count integer not null,
      day timestamptz not null,
      day_count integer not null,
      -- when the administrators were last written to about a refusal
      told_at timestamptz
    );

    create function ledger_note_pending() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        insert into ledger_pending (entry_id) values (new.id);
        return null;
      end $$;
    create trigger ledger_entries_pending after insert on ledger_entries
      for each row execute function ledger_note_pending();

    create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
      end $$;
    create trigger append_only before update or delete on ledger_entries
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on ledger_entries
      for each statement execute function refuse_change();
    create trigger append_only before update or delete on ledger_private
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on ledger_private
      for each statement execute function refuse_change();
    create trigger append_only before update or delete on opening_claims
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on opening_claims
      for each statement execute function refuse_change();
    -- A salt may be destroyed by erasure, never exchanged.
    create trigger append_only before update on ledger_salts
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on ledger_salts
      for each statement execute function refuse_change();

    alter table ledger_entries enable row level security;
    grant insert on ledger_entries, ledger_private, ledger_salts
      to joinder_public, joinder_staff, joinder_worker;
    -- What is published is all that the public login reads of an entry.
    grant select (id, entry, at) on ledger_entries to joinder_public;
    grant select on ledger_entries to joinder_staff, joinder_worker;
    grant select on ledger_private to joinder_staff, joinder_worker;
    grant select, delete on ledger_salts to joinder_worker;
    grant select, delete on ledger_pending to joinder_worker;
    grant select, insert on opening_claims to joinder_staff, joinder_worker;
    grant select, insert, update on opening_budgets to joinder_staff;

    create policy everyone_reads on ledger_entries for select
      to joinder_public, joinder_staff, joinder_worker using (true);
    create policy public_appends on ledger_entries for insert to joinder_public with check (
      kind in ('claim.filed', 'claim.link_requested', 'claim.correction_requested', 'draft.link_requested',
        'access.requested', 'access.ended'));
    create policy staff_appends on ledger_entries for insert to joinder_staff with check (
      kind in ('claim.opened', 'claim.review_started', 'claim.accepted', 'claim.rejected',
        'opening.refused', 'person.invited', 'person.joined', 'person.signed_in', 'person.signed_out',
        'person.disabled', 'batch.requested', 'batch.downloaded', 'mail.resent'));
    create policy worker_appends on ledger_entries for insert to joinder_worker with check (
      kind in ('claim.opened', 'claim.screened', 'claim.email_corrected', 'claim.expired',
        'claim.mail_bounced', 'claim.link_requested', 'access.answered', 'access.opened', 'access.refused',
        'batch.delivered', 'batch.reissued', 'batch.failed', 'ledger.recovered'));
  `)
}
