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
      -- of the file that is there, or is made for the first time
      edition integer not null default 1 check (edition > 0),
      -- who asked last for the same claims in a new file, because the passphrase was lost
      reissue_by uuid references people,
      reissue_at timestamptz,
      -- when a run last showed a sign of life; a batch that is silent for long is built again
      touched_at timestamptz not null default now(),
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
    -- One at a time: two batches of a matter in the making would want the same claims.
    create unique index batches_in_the_making on batches (matter_id)
      where state in ('requested', 'building');
    create index batches_firm on batches (firm_id, requested_at);
    create index batches_requested_by on batches (requested_by);
    create index batches_reissue_by on batches (reissue_by) where reissue_by is not null;

    create table batch_claims (
      batch_id uuid not null references batches,
      claim_id uuid not null references claims,
      firm_id uuid not null references firms,
      version integer not null,
      -- the newest edition whose file holds it, and its row there
      edition integer not null default 1,
      row_number integer not null,
      primary key (batch_id, edition, row_number),
      unique (batch_id, claim_id)
    );
    create index batch_claims_firm on batch_claims (firm_id);
    create index batch_claims_claim on batch_claims (claim_id, firm_id, version);
    -- The default scope never delivers the same version of a claim to a firm twice. What is made again for a
    -- lost passphrase is a further edition of what was delivered.
    create unique index batch_claims_once on batch_claims (claim_id, firm_id, version)
      where edition = 1;

    -- Accepted and, in the version in force, not delivered yet, kept by trigger: so that what is left to deliver is found without
    -- walking over everything that ever was, and no verb can forget it.
    create table claims_to_deliver (
      matter_id uuid not null references matters,
      filed_at timestamptz not null,
      claim_id uuid not null unique references claims,
      primary key (matter_id, filed_at, claim_id)
    );

    create function note_to_deliver() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if new.state = 'accepted' and not new.incomplete then
          insert into claims_to_deliver (matter_id, filed_at, claim_id)
          select new.matter_id, new.filed_at, new.id
          where not exists (
            select from batch_claims b join matters m on m.firm_id = b.firm_id
            where b.claim_id = new.id and m.id = new.matter_id and b.version >= new.version)
          on conflict do nothing;
        else
          delete from claims_to_deliver where claim_id = new.id;
        end if;
        return null;
      end $$;
    create trigger accepted_to_deliver after insert on claims
      for each row when (new.state = 'accepted') execute function note_to_deliver();
    create trigger state_to_deliver after update of state, incomplete on claims
      for each row when ((old.state = 'accepted' and not old.incomplete)
        <> (new.state = 'accepted' and not new.incomplete))
      execute function note_to_deliver();
    -- Another address, say: the firm gets the claim again, as its person wants it now.
    create trigger version_to_deliver after update of version on claims
      for each row when (new.state = 'accepted' and new.version > old.version)
      execute function note_to_deliver();

    create function note_batched() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if tg_op <> 'DELETE' then
          delete from claims_to_deliver d using added a, claims c
          where d.claim_id = a.claim_id and c.id = a.claim_id and a.version >= c.version;
        else
          -- released: left out of a batch, or the batch failed
          insert into claims_to_deliver (matter_id, filed_at, claim_id)
          select c.matter_id, c.filed_at, c.id
          from removed r join claims c on c.id = r.claim_id
          where c.state = 'accepted' and not c.incomplete and not exists (
            select from batch_claims b
            where b.claim_id = r.claim_id and b.firm_id = r.firm_id and b.version >= c.version)
          on conflict do nothing;
        end if;
        return null;
      end $$;
    create trigger batched after insert on batch_claims
      referencing new table as added for each statement execute function note_batched();
    create trigger batched_again after update on batch_claims
      referencing new table as added for each statement execute function note_batched();
    create trigger released after delete on batch_claims
      referencing old table as removed for each statement execute function note_batched();

    -- Sealed to the worker from the request until the batch is built or has failed, then gone.
    create table batch_passphrases (
      batch_id uuid primary key references batches,
      box bytea not null
    );

    alter table batches enable row level security;
    alter table batch_claims enable row level security;
    alter table batch_passphrases enable row level security;
    alter table claims_to_deliver enable row level security;

    grant select, insert on batches to joinder_staff;
    grant update (downloaded_at, state, reissue_by, reissue_at, touched_at) on batches to joinder_staff;
    grant select on batch_claims to joinder_staff;
    grant insert on batch_passphrases to joinder_staff;
    grant select on claims_to_deliver to joinder_staff, joinder_worker;
    create policy staff_reads on batches for select to joinder_staff
      using (actor_sees_matter(matter_id));
    create policy staff_requests on batches for insert to joinder_staff
      with check (state = 'requested' and requested_by = actor_id() and actor_role() = 'counsel'
        and actor_sees_matter(matter_id)
        and firm_id = (select m.firm_id from matters m where m.id = matter_id));
    -- What is complete is noted as downloaded, or asked for again by whoever says so of themselves.
    create policy staff_downloads on batches for update to joinder_staff
      using (state = 'complete' and actor_role() = 'counsel' and actor_sees_matter(matter_id))
      with check (state = 'complete' or (state = 'requested' and reissue_by = actor_id()));
    create policy staff_seals on batch_passphrases for insert to joinder_staff
      with check (exists (select 1 from batches b
        where b.id = batch_id and b.state = 'requested'
          and coalesce(b.reissue_by, b.requested_by) = actor_id()));
    -- The matters are asked for once a query, not once a row.
    create policy staff_reads on claims_to_deliver for select to joinder_staff
      using (matter_id in (select m.id from matters m where actor_sees_matter(m.id)));
    create policy staff_reads on batch_claims for select to joinder_staff
      using (exists (select 1 from batches b where b.id = batch_id));

    grant select, update on batches to joinder_worker;
    grant select, insert, update, delete on batch_claims to joinder_worker;
    grant select, delete on batch_passphrases to joinder_worker;
    create policy worker_all on batches to joinder_worker using (true) with check (true);
    create policy worker_all on batch_passphrases to joinder_worker using (true);
    create policy worker_reads on claims_to_deliver for select to joinder_worker using (true);
    create policy worker_all on batch_claims to joinder_worker using (true) with check (true);
  `)
}
