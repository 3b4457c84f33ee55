import type { Knex } from 'knex'

/**
 * The outbox holds what has to happen after a commit; effects holds what has happened already, so that
 * a job that runs twice acts once. A mail's row holds no address: the worker reads it from the claim
 * when it sends. Only who has not filed yet has no claim: their address is sealed in what they asked.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table outbox (
      id bigint generated always as identity primary key,
      job text collate "C" not null,
      -- ids only
      payload jsonb not null,
      created_at timestamptz not null,
      handed_at timestamptz
    );
    create index outbox_waiting on outbox (id) where handed_at is null;
    create index outbox_handed on outbox (handed_at) where handed_at is not null;
    grant insert on outbox to joinder_public, joinder_staff, joinder_worker;
    grant select, update (handed_at), delete on outbox to joinder_worker;

    create table effects (
      key text collate "C" primary key,
      -- whoever holds the effect now may try until then; null once done
      claimed_until timestamptz,
      attempts integer not null default 1,
      done_at timestamptz
    );
    grant select, insert, update, delete on effects to joinder_worker;

    create table mails (
      id uuid primary key,
      template text collate "C" not null,
      claim_id uuid references claims,
      person_id uuid references people,
      -- the verification, invitation, batch, draft's request or other claim that the mail is about
      subject_id uuid,
      language text not null check (language in ('ko', 'en')),
      state text not null default 'queued'
        -- dropped: its turn came when it had no sense any more, such as a link since replaced
        check (state in ('queued', 'sent', 'deferred', 'bounced', 'failed', 'dropped')),
      attempts integer not null default 0,
      smtp_code integer,
      created_at timestamptz not null,
      next_attempt_at timestamptz,
      sent_at timestamptz,
      check (case template
        when 'continue-filing' then num_nonnulls(claim_id, person_id) = 0 and subject_id is not null
        else num_nonnulls(claim_id, person_id) = 1 end)
    );
    create index mails_claim on mails (claim_id, created_at) where claim_id is not null;
    create index mails_person on mails (person_id) where person_id is not null;
    create index mails_waiting on mails (created_at) where state in ('queued', 'deferred');
    -- What staff look after: as small as what went wrong, however many mails were sent.
    create index mails_unsent on mails (state, created_at, id)
      where state in ('queued', 'deferred', 'bounced', 'failed');

    alter table mails enable row level security;
    grant insert on mails to joinder_public;
    grant select, insert on mails to joinder_staff;
    grant update (state, next_attempt_at) on mails to joinder_staff;
    grant select, insert, update on mails to joinder_worker;
    -- Every other mail of a claimant follows from what the worker did.
    create policy public_queues on mails for insert to joinder_public
      with check (state = 'queued' and template = 'continue-filing');
    -- Who asks is looked up once a query, not once a row.
    create policy staff_reads on mails for select to joinder_staff
      using ((select actor_role()) in ('administrator', 'moderator'));
    create policy staff_queues on mails for insert to joinder_staff with check (state = 'queued');
    create policy staff_resends on mails for update to joinder_staff
      using (actor_role() in ('administrator', 'moderator')) with check (state = 'queued');
    create policy worker_all on mails to joinder_worker using (true) with check (true);
  `)
}
