import type { Knex } from 'knex'

/**
 * What people ask to change of their own claims, from the browser in which they are open. The public
 * surface only takes it down: what was typed, and the secret that allows it, are sealed to the worker,
 * which checks the one and does the other.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table claim_changes (
      id uuid primary key,
      claim_id uuid not null references claims,
      kind text collate "C" not null,
      -- gone once handled
      box bytea,
      created_at timestamptz not null,
      handled_at timestamptz,
      outcome text check (outcome in ('done', 'refused')),
      -- why it was refused: a code, worded on the page
      reason text collate "C",
      check ((handled_at is null) = (box is not null)),
      check ((handled_at is null) = (outcome is null)),
      check ((reason is null) or (outcome = 'refused'))
    );
    create index claim_changes_waiting on claim_changes (created_at) where handled_at is null;
    create index claim_changes_claim on claim_changes (claim_id, created_at);

    grant insert (id, claim_id, kind, box, created_at) on claim_changes to joinder_public;
    grant select (id, claim_id, kind, created_at, handled_at, outcome, reason) on claim_changes
      to joinder_public;
    grant select, update (box, handled_at, outcome, reason) on claim_changes to joinder_worker;

    create policy changes_public_appends on ledger_entries for insert to joinder_public
      with check (kind in ('change.requested'));
    create policy changes_worker_appends on ledger_entries for insert to joinder_worker
      with check (kind in ('change.refused', 'claim.withdrawn', 'claim.answers_replaced',
        'claim.consents_changed', 'claim.reopened', 'claim.appealed'));
  `)
}
