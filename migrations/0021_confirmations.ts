import type { Knex } from 'knex'

/**
 * A mailed link that was pressed, or a code that was typed, to confirm an address and what was signed. The
 * public surface takes it down, sealed to the worker, which alone can tell whether it is right: a surface
 * that was taken over confirms nothing.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table confirmations (
      id uuid primary key,
      -- null where the number that was typed is no claim's
      claim_id uuid references claims,
      -- gone once handled
      box bytea,
      created_at timestamptz not null,
      handled_at timestamptz,
      -- 'address': of the two, the address alone
      outcome text check (outcome in ('confirmed', 'address', 'refused')),
      check ((handled_at is null) = (box is not null)),
      check ((handled_at is null) = (outcome is null))
    );
    create index confirmations_waiting on confirmations (created_at) where handled_at is null;
    create index confirmations_handled on confirmations (handled_at) where handled_at is not null;
    create index confirmations_claim on confirmations (claim_id) where claim_id is not null;

    grant insert (id, claim_id, box, created_at) on confirmations to joinder_public;
    grant select (id, claim_id, created_at, outcome) on confirmations to joinder_public;
    grant select, delete, update (box, handled_at, outcome) on confirmations to joinder_worker;

    -- What was asked of a firm before the claimant agreed to another one is answered by neither: its claimant
    -- is told so, and nobody waits for it.
    create function leave_firm() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        update message_threads set waiting_since = null
        where claim_id = new.id and firm_id <> new.firm_id and waiting_since is not null;
        return null;
      end $$;
    revoke execute on function leave_firm() from public;
    create trigger firm_to_threads after update of firm_id on claims
      for each row when (old.firm_id <> new.firm_id) execute function leave_firm();

    create policy confirmations_public_appends on ledger_entries for insert to joinder_public
      with check (kind = 'confirmation.given');
    create policy confirmations_worker_appends on ledger_entries for insert to joinder_worker
      with check (kind in ('claim.verified', 'confirmation.refused'));
  `)
}
