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
      about text not null check (about in ('question', 'answer', 'appeal', 'deficiency', 'erasure')),
      ciphertext bytea not null,
      sha256 bytea not null check (length(sha256) = 32),
      created_at timestamptz not null,
      check ((author = 'staff') = (person_id is not null))
    );
    create index messages_claim on messages (claim_id, created_at, id);
    create index messages_person on messages (person_id) where person_id is not null;

    create table message_keys (
      message_id uuid primary key references messages on delete cascade,
      wrapped bytea not null
    );

    alter table messages enable row level security;
    alter table message_keys enable row level security;
    grant select, insert on messages, message_keys to joinder_staff;
    grant select, insert, delete on messages, message_keys to joinder_worker;

    -- Counsel see what is written to them about claims of their firm's matters, and nothing else of a claim.
    create policy staff_reads on messages for select to joinder_staff using (
      (select actor_role()) in ('administrator', 'moderator')
      or (desk = 'counsel' and exists (select from claims c where c.id = claim_id)));
    create policy staff_writes on messages for insert to joinder_staff with check (
      author = 'staff' and person_id = actor_id()
      and desk = case when actor_role() = 'counsel' then 'counsel' else 'moderators' end
      and exists (select from claims c where c.id = claim_id));
    create policy staff_reads on message_keys for select to joinder_staff
      using (exists (select from messages m where m.id = message_id));
    create policy staff_writes on message_keys for insert to joinder_staff
      with check (exists (select from messages m where m.id = message_id));
    create policy worker_all on messages to joinder_worker using (true) with check (true);
    create policy worker_all on message_keys to joinder_worker using (true) with check (true);

    create policy messages_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('message.sent'));
    create policy messages_worker_appends on ledger_entries for insert to joinder_worker
      with check (kind in ('message.sent'));
  `)
}
