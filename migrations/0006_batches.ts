import type { Knex } from 'knex'

/** Batches: numbered, encrypted deliveries of accepted claims to the firm of a matter. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table batches (
      id uuid primary key,
      matter_id uuid not null references matters,
      firm_id uuid not null references firms,
      -- rises by one within a matter
      number integer not null check (number > 0),
      state text not null default 'requested'
        check (state in ('requested', 'building', 'complete', 'failed')),
      requested_by uuid not null references people,
      requested_at timestamptz not null,
      claim_count integer,
      done_count integer not null default 0,
      file_bytes bigint,
      file_sha256 bytea check (length(file_sha256) = 32),
      manifest jsonb,
      -- a code, worded on the page
      failure text,
      completed_at timestamptz,
      downloaded_at timestamptz,
      unique (matter_id, number)
    );
    create index batches_firm on batches (firm_id, requested_at);
    create index batches_requested_by on batches (requested_by);

    create table batch_claims (
      batch_id uuid not null references batches,
      claim_id uuid not null references claims,
      firm_id uuid not null references firms,
      version integer not null,
      row_number integer not null,
      primary key (batch_id, row_number),
      -- the default scope never delivers a claim to a firm twice
      unique (claim_id, firm_id)
    );
    create index batch_claims_firm on batch_claims (firm_id);

    -- Sealed to the worker from the request until the batch is built or has failed, then gone.
    create table batch_passphrases (
      batch_id uuid primary key references batches,
      box bytea not null
    );

    alter table batches enable row level security;
    alter table batch_claims enable row level security;

    grant select, insert on batches to joinder_staff;
    grant update (downloaded_at) on batches to joinder_staff;
    grant select on batch_claims to joinder_staff;
    grant insert on batch_passphrases to joinder_staff;
    create policy staff_reads on batches for select to joinder_staff
      using (actor_sees_matter(matter_id));
    create policy staff_requests on batches for insert to joinder_staff
      with check (state = 'requested' and actor_sees_matter(matter_id));
    create policy staff_downloads on batches for update to joinder_staff
      using (actor_sees_matter(matter_id));
    create policy staff_reads on batch_claims for select to joinder_staff
      using (exists (select 1 from batches b where b.id = batch_id));

    grant select, update on batches to joinder_worker;
    grant select, insert, delete on batch_claims to joinder_worker;
    grant select, delete on batch_passphrases to joinder_worker;
    create policy worker_all on batches to joinder_worker using (true) with check (true);
    create policy worker_all on batch_claims to joinder_worker using (true) with check (true);
  `)
}
