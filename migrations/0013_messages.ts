import type { Knex } from 'knex'

/**
 * What a claimant and the people of the case write to each other about a claim. Each message stands under
 * a data key of its own; the keys have a narrow table, whose backups can be kept for a shorter time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table messages (
      id uuid primary key,
      claim_id uuid not null references claims,
      author text not null check (author in ('claimant', 'staff')),
      -- of the staff
      person_id uuid references people,
      -- whom the claimant writes to, or who writes to them
      desk text not null check (desk in ('moderators', 'counsel')),
      -- the law firm whose client the claimant was when it was written: the one after it does not read it
      firm_id uuid references firms,
      about text not null check (about in ('question', 'answer', 'appeal', 'deficiency', 'erasure')),
      ciphertext bytea not null,
      sha256 bytea not null check (length(sha256) = 32),
      created_at timestamptz not null,
      check ((author = 'staff') = (person_id is not null)),
      check ((desk = 'counsel') = (firm_id is not null))
    );
    create index messages_firm on messages (firm_id) where firm_id is not null;
    create index messages_claim on messages (claim_id, created_at, id);
    create index messages_person on messages (person_id) where person_id is not null;

    create table message_keys (
      message_id uuid primary key references messages on delete cascade,
      wrapped bytea not null
    );

    -- How far each thread is, without a word of it: kept by trigger, so that what waits for an answer is
    -- found without walking over what was ever written, and no verb can forget it.
    create table message_threads (
      claim_id uuid not null references claims,
      desk text collate "C" not null check (desk in ('moderators', 'counsel')),
      matter_id uuid not null references matters,
      -- of the newest message to or from a law firm
      firm_id uuid references firms,
      count integer not null,
      last_id uuid not null,
      last_at timestamptz not null,
      -- of the newest question
      asked_at timestamptz,
      -- since when a question has waited; null: none does
      waiting_since timestamptz,
      primary key (claim_id, desk)
    );
    create index message_threads_waiting on message_threads (desk, waiting_since, claim_id)
      where waiting_since is not null;
    create index message_threads_newest on message_threads (desk, last_at, claim_id);
    create index message_threads_firm on message_threads (firm_id) where firm_id is not null;
    create index message_threads_matter on message_threads (matter_id, desk, last_at, claim_id);

    create function address_message() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        new.firm_id := case new.desk when 'counsel' then
          (select c.firm_id from claims c where c.id = new.claim_id) end;
        return new;
      end $$;
    create trigger addressed before insert on messages
      for each row execute function address_message();

    create function note_message() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      declare
        asks boolean := new.author = 'claimant' and new.about = 'question';
        answers boolean := new.author = 'staff' and new.about = 'answer';
        asked timestamptz := case when asks then new.created_at end;
      begin
        insert into message_threads as t
          (claim_id, desk, matter_id, firm_id, count, last_id, last_at, asked_at, waiting_since)
        select new.claim_id, new.desk, c.matter_id, new.firm_id, 1, new.id, new.created_at, asked, asked
        from claims c where c.id = new.claim_id
        on conflict (claim_id, desk) do update set
          firm_id = new.firm_id,
          count = t.count + 1,
          last_id = new.id,
          last_at = new.created_at,
          asked_at = coalesce(asked, t.asked_at),
          waiting_since = case when answers then null else coalesce(t.waiting_since, asked) end;
        -- Only claims that somebody has open right now cost more than one look into an index.
        insert into outbox (job, payload, created_at)
        select 'renew-messages', jsonb_build_object('claimId', new.claim_id), now()
        where exists (
          select from claimant_copies c where c.claim_id = new.claim_id and c.kind = 'messages');
        return null;
      end $$;
    create trigger written after insert on messages
      for each row execute function note_message();

    -- Of a claim that is over for good nothing is left to answer.
    create function end_threads() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        update message_threads set waiting_since = null
        where claim_id = new.id and waiting_since is not null;
        return null;
      end $$;
    create trigger state_to_threads after update of state on claims
      for each row when (new.state in ('expired', 'erased')) execute function end_threads();

    create trigger append_only before update on messages
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on messages
      for each statement execute function refuse_change();

    -- When each person was last told by mail that questions wait.
    create table question_digests (
      person_id uuid primary key references people,
      told_at timestamptz not null,
      -- when the newest of them was asked
      newest timestamptz not null
    );

    alter table messages enable row level security;
    alter table message_keys enable row level security;
    alter table message_threads enable row level security;
    grant select, insert on messages, message_keys to joinder_staff;
    grant select, update (waiting_since) on message_threads to joinder_staff;
    grant select, insert, delete on messages, message_keys to joinder_worker;
    grant select, delete on message_threads to joinder_worker;
    grant select, insert, update on question_digests to joinder_worker;

    -- What is written to a law firm its counsel reads, of their own matters, and nobody else, nor a firm that
    -- the matter has after it; what is written to those who review claims, they and the administrators.
    create function actor_desk() returns text
      language sql stable set search_path = public, pg_temp as
      $$ select case actor_role()
           when 'counsel' then 'counsel'
           when 'moderator' then 'moderators'
           when 'administrator' then 'moderators' end $$;
    create policy staff_reads on messages for select to joinder_staff using (
      desk = (select actor_desk()) and firm_id is not distinct from (select actor_firm())
      and exists (select from claims c where c.id = claim_id));
    create policy staff_writes on messages for insert to joinder_staff with check (
      author = 'staff' and person_id = actor_id() and desk = actor_desk()
      and firm_id is not distinct from actor_firm()
      and exists (select from claims c where c.id = claim_id));
    create policy staff_reads on message_keys for select to joinder_staff
      using (exists (select from messages m where m.id = message_id));
    create policy staff_writes on message_keys for insert to joinder_staff
      with check (exists (select from messages m where m.id = message_id));
    -- That a firm leaves questions unanswered is for those to see who run the portal.
    create policy staff_reads on message_threads for select to joinder_staff using (
      ((select actor_desk()) = 'moderators'
        or (desk = (select actor_desk()) and firm_id = (select actor_firm())))
      and matter_id in (select m.id from matters m where actor_sees_matter(m.id)));
    create policy staff_closes on message_threads for update to joinder_staff
      using (desk = (select actor_desk()) and firm_id is not distinct from (select actor_firm())
        and matter_id in (select m.id from matters m where actor_sees_matter(m.id)))
      with check (waiting_since is null);
    create policy worker_all on messages to joinder_worker using (true) with check (true);
    create policy worker_all on message_keys to joinder_worker using (true) with check (true);
    create policy worker_all on message_threads to joinder_worker using (true);

    create policy messages_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('message.sent', 'message.closed'));
    create policy messages_worker_appends on ledger_entries for insert to joinder_worker
      with check (kind in ('message.sent'));
  `)
}
