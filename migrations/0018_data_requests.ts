import type { Knex } from 'knex'

/**
 * What people ask for about their own data: that all of it be erased (PIPA 36). Staff answer; the claimant
 * sees when it was asked, until when an answer is due, and what it was.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table erasure_requests (
      -- that of the change by which it was asked
      id uuid primary key references claim_changes,
      claim_id uuid not null references claims,
      matter_id uuid not null references matters,
      asked_at timestamptz not null,
      due_at timestamptz not null,
      answered_at timestamptz,
      answered_by uuid references people,
      answer text check (answer in ('granted', 'refused')),
      -- why it was refused: a code, worded for the claimant
      reason text collate "C",
      check ((answered_at is null) = (answer is null)),
      check ((answered_at is null) = (answered_by is null)),
      check ((reason is not null) = (answer is not distinct from 'refused'))
    );
    create index erasure_requests_claim on erasure_requests (claim_id, asked_at);
    create index erasure_requests_matter on erasure_requests (matter_id);
    create index erasure_requests_answered_by on erasure_requests (answered_by)
      where answered_by is not null;
    create index erasure_requests_open on erasure_requests (asked_at, id) where answered_at is null;
    create index erasure_requests_answered on erasure_requests (answered_at, id)
      where answered_at is not null;
    -- One at a time: what is asked twice is answered once.
    create unique index erasure_requests_one on erasure_requests (claim_id) where answered_at is null;

    alter table erasure_requests enable row level security;
    grant select (id, claim_id, asked_at, due_at, answered_at, answer, reason) on erasure_requests
      to joinder_public;
    create policy public_reads on erasure_requests for select to joinder_public using (true);
    grant select on erasure_requests to joinder_staff;
    grant update (answered_at, answered_by, answer, reason) on erasure_requests to joinder_staff;
    create policy staff_reads on erasure_requests for select to joinder_staff
      using ((select actor_role()) in ('administrator', 'moderator'));
    create policy staff_answers on erasure_requests for update to joinder_staff
      using (answered_at is null and actor_role() in ('administrator', 'moderator'))
      with check (answered_by = actor_id());
    grant select, insert on erasure_requests to joinder_worker;
    create policy worker_all on erasure_requests to joinder_worker using (true) with check (true);

    create policy privacy_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('erasure.answered', 'claim.withdrawn'));
    create policy privacy_worker_appends on ledger_entries for insert to joinder_worker
      with check (kind in ('erasure.requested', 'data.copied'));
  `)
}
