import type { Knex } from 'knex'

/**
 * Claims that a firm has and that are no longer as they were delivered: withdrawn by their person, or not
 * accepted any more. The firm is told and notes each one; noted by trigger, so that no verb can forget it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table recalls (
      id uuid primary key,
      claim_id uuid not null references claims,
      -- as the firm knows the claim, whether or not the case is still theirs
      number text not null,
      firm_id uuid not null references firms,
      matter_id uuid not null references matters,
      -- the newest delivery that holds it
      batch_id uuid not null references batches,
      -- the state that the claim went into
      state text not null,
      at timestamptz not null,
      -- when the firm's people were mailed about it
      told_at timestamptz,
      noted_by uuid references people,
      noted_at timestamptz,
      check ((noted_by is null) = (noted_at is null))
    );
    create index recalls_claim on recalls (claim_id);
    create index recalls_matter on recalls (matter_id);
    create index recalls_batch on recalls (batch_id);
    create index recalls_noted_by on recalls (noted_by) where noted_by is not null;
    create index recalls_open on recalls (firm_id, at, id) where noted_at is null;
    create index recalls_noted on recalls (firm_id, noted_at, id) where noted_at is not null;
    create index recalls_untold on recalls (firm_id, at) where told_at is null;

    create function note_recall() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        insert into recalls (id, claim_id, number, firm_id, matter_id, batch_id, state, at)
        select gen_random_uuid(), new.id, new.number, had.firm_id, new.matter_id, had.batch_id, new.state, now()
        from (select distinct on (b.firm_id) b.firm_id, b.batch_id
              from batch_claims b join batches t on t.id = b.batch_id
              where b.claim_id = new.id and t.completed_at is not null
              order by b.firm_id, t.completed_at desc) had
        -- Told of already, and not better since.
        where not exists (select from recalls r
          where r.claim_id = new.id and r.firm_id = had.firm_id and r.noted_at is null
            and r.state = new.state);
        return null;
      end $$;
    create trigger recalled after update of state on claims
      for each row when (old.state is distinct from new.state
        and (old.state = 'accepted' or new.state in ('rejected', 'duplicate', 'withdrawn', 'erased')))
      execute function note_recall();

    alter table recalls enable row level security;
    grant select on recalls to joinder_staff, joinder_worker;
    grant update (noted_by, noted_at) on recalls to joinder_staff;
    grant update (told_at) on recalls to joinder_worker;
    create policy staff_reads on recalls for select to joinder_staff
      using (firm_id = (select actor_firm())
        or (select actor_role()) in ('administrator', 'moderator'));
    create policy staff_notes on recalls for update to joinder_staff
      using (noted_at is null and firm_id = (select actor_firm()))
      with check (noted_by = actor_id());
    create policy worker_all on recalls to joinder_worker using (true) with check (true);

    create policy recalls_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('recall.noted'));
  `)
}
