import type { Knex } from 'knex'

/**
 * Changing the address of a claim that is confirmed: asked for by its person and confirmed in both
 * mailboxes, or, when they lost the old one, started by one of the staff, approved by another, and held
 * back for days in which the old mailbox can stop it. What the rules are stands in the checks as well, so
 * that no surface that was taken over gets around them: only the worker confirms and applies.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table email_changes (
      id uuid primary key,
      -- the claim it was asked from; it changes all of that person's claims with the old address
      claim_id uuid not null references claims,
      origin text not null check (origin in ('claimant', 'staff')),
      -- of the staff: who, why, and how they made sure that it is the claimant
      requested_by uuid references people,
      reason text collate "C",
      identified_by text collate "C",
      created_at timestamptz not null,
      expires_at timestamptz not null,
      -- when the worker had read the claim and written to both mailboxes
      started_at timestamptz,
      -- SHA-256 of the links; both follow from the id under a key of the worker, as do the codes
      old_token_hash bytea unique check (length(old_token_hash) = 32),
      new_token_hash bytea unique check (length(new_token_hash) = 32),
      -- wrong codes
      attempts integer not null default 0,
      confirmed_old_at timestamptz,
      confirmed_new_at timestamptz,
      -- of the staff: when the old mailbox was written to, or could not be; not before then is it applied
      noticed_at timestamptz,
      hold_until timestamptz,
      approved_by uuid references people,
      approved_at timestamptz,
      declined_by uuid references people,
      decline_reason text collate "C",
      applied_at timestamptz,
      applied_claims integer,
      stopped_at timestamptz,
      stopped_by text check (stopped_by in
        ('old_mailbox', 'new_mailbox', 'declined', 'newer', 'unchanged', 'moved', 'staff_left', 'time', 'erased')),
      check ((origin = 'staff') = (requested_by is not null)),
      check (num_nonnulls(requested_by, reason, identified_by) in (0, 3)),
      -- The second person is another person.
      check (approved_by <> requested_by),
      check ((approved_by is null) = (approved_at is null)),
      check ((declined_by is null) = (decline_reason is null)),
      check (coalesce(stopped_by = 'declined', false) = (declined_by is not null)),
      check ((stopped_by is null) = (stopped_at is null)),
      check ((applied_at is null) = (applied_claims is null)),
      check (num_nonnulls(applied_at, stopped_at) < 2),
      check (applied_at is null or (confirmed_new_at is not null and case origin
        when 'claimant' then confirmed_old_at is not null
        else coalesce(approved_at <= applied_at and noticed_at <= applied_at
          and hold_until <= applied_at, false) end))
    );
    create unique index email_changes_one_open on email_changes (claim_id)
      where started_at is not null and applied_at is null and stopped_at is null;
    create index email_changes_claim on email_changes (claim_id, created_at);
    create index email_changes_open on email_changes (created_at)
      where applied_at is null and stopped_at is null;
    create index email_changes_requested_by on email_changes (requested_by) where requested_by is not null;
    create index email_changes_approved_by on email_changes (approved_by) where approved_by is not null;
    create index email_changes_declined_by on email_changes (declined_by) where declined_by is not null;

    -- Both addresses while the change is open, and what staff noted, each under a key of its own.
    create table email_change_texts (
      id uuid primary key,
      change_id uuid not null references email_changes,
      kind text collate "C" not null check (kind in ('old', 'new', 'note')),
      ciphertext bytea not null,
      sha256 bytea not null check (length(sha256) = 32),
      unique (change_id, kind)
    );
    create table email_change_keys (
      text_id uuid primary key references email_change_texts on delete cascade,
      wrapped bytea not null
    );

    -- A press on the page of a mailed link, or a code that was typed; the proof is sealed to the worker.
    create table email_change_answers (
      id uuid primary key,
      act text not null check (act in ('confirm', 'stop')),
      -- whose claim's code it is
      claim_id uuid references claims,
      -- gone once handled
      box bytea,
      created_at timestamptz not null,
      handled_at timestamptz,
      outcome text check (outcome in ('confirmed', 'stopped', 'wrong', 'over')),
      change_id uuid references email_changes,
      check ((handled_at is null) = (box is not null)),
      check ((handled_at is null) = (outcome is null))
    );
    create index email_change_answers_waiting on email_change_answers (created_at)
      where handled_at is null;
    create index email_change_answers_handled on email_change_answers (handled_at)
      where handled_at is not null;
    create index email_change_answers_claim on email_change_answers (claim_id)
      where claim_id is not null;
    create index email_change_answers_change on email_change_answers (change_id)
      where change_id is not null;

    alter table email_changes enable row level security;
    alter table email_change_texts enable row level security;
    alter table email_change_keys enable row level security;

    grant select (id, claim_id, origin, created_at, expires_at, started_at, old_token_hash, new_token_hash,
      confirmed_old_at, confirmed_new_at, hold_until, approved_at, applied_at, stopped_at, stopped_by)
      on email_changes to joinder_public;
    grant insert (id, act, claim_id, box, created_at) on email_change_answers to joinder_public;
    grant select (id, act, created_at, handled_at, outcome, change_id) on email_change_answers
      to joinder_public;
    create policy public_reads on email_changes for select to joinder_public using (true);

    grant select on email_changes, email_change_texts, email_change_keys to joinder_staff;
    grant insert (id, claim_id, origin, requested_by, reason, identified_by, created_at, expires_at)
      on email_changes to joinder_staff;
    grant update (approved_by, approved_at, declined_by, decline_reason, stopped_at, stopped_by)
      on email_changes to joinder_staff;
    grant insert on email_change_texts, email_change_keys to joinder_staff;
    create policy staff_reads on email_changes for select to joinder_staff
      using ((select actor_role()) in ('administrator', 'moderator'));
    create policy staff_starts on email_changes for insert to joinder_staff with check (
      origin = 'staff' and requested_by = actor_id()
      and actor_role() in ('administrator', 'moderator'));
    -- Nobody signs for somebody else, nobody approves what they started, and what is over stays so.
    create policy staff_decides on email_changes for update to joinder_staff
      using (actor_role() in ('administrator', 'moderator') and origin = 'staff'
        and applied_at is null and stopped_at is null)
      with check ((declined_by = actor_id() and stopped_by = 'declined')
        or (stopped_at is null and approved_by = actor_id() and requested_by <> actor_id()));
    create policy staff_reads on email_change_texts for select to joinder_staff
      using ((select actor_role()) in ('administrator', 'moderator'));
    create policy staff_writes on email_change_texts for insert to joinder_staff with check (
      kind in ('new', 'note') and exists (select from email_changes e
        where e.id = change_id and e.requested_by = actor_id() and e.started_at is null));
    create policy staff_reads on email_change_keys for select to joinder_staff
      using (exists (select from email_change_texts t where t.id = text_id));
    create policy staff_writes on email_change_keys for insert to joinder_staff
      with check (exists (select from email_change_texts t where t.id = text_id));

    grant select, insert, update on email_changes to joinder_worker;
    grant select, insert, delete on email_change_texts, email_change_keys to joinder_worker;
    grant select, delete, update (box, handled_at, outcome, change_id) on email_change_answers
      to joinder_worker;
    create policy worker_all on email_changes to joinder_worker using (true) with check (true);
    create policy worker_all on email_change_texts to joinder_worker using (true) with check (true);
    create policy worker_all on email_change_keys to joinder_worker using (true) with check (true);

    -- What a claimant sees of it is made anew at once, whoever did it (see migrations/0009).
    create function note_email_change() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        perform renew_copies_of(array[new.claim_id]);
        return null;
      end $$;
    create trigger email_change_to_copies
      after insert or update of approved_at, stopped_at, applied_at on email_changes
      for each row execute function note_email_change();

    -- Both addresses go when a change has ended without being made, whoever ended it.
    create function forget_addresses() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        delete from email_change_texts where change_id = new.id and kind in ('old', 'new');
        return null;
      end $$;
    create trigger stopped_to_texts after update of stopped_at on email_changes
      for each row when (old.stopped_at is null and new.stopped_at is not null)
      execute function forget_addresses();

    -- What is over has no address to change; nothing of a claim that is gone stays here, by whatever verb it
    -- went.
    create function forget_email_changes() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if new.state <> 'withdrawn' then
          delete from email_change_texts where change_id in
            (select id from email_changes where claim_id = new.id);
        end if;
        update email_changes set stopped_at = now(),
            stopped_by = case new.state when 'withdrawn' then 'moved' else 'erased' end
          where claim_id = new.id and applied_at is null and stopped_at is null;
        return null;
      end $$;
    create trigger state_to_email_changes after update of state on claims
      for each row when (old.state <> new.state and new.state in ('withdrawn', 'expired', 'erased'))
      execute function forget_email_changes();

    create policy email_changes_public_appends on ledger_entries for insert to joinder_public
      with check (kind in ('email_change.answered'));
    create policy email_changes_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('claim.email_change_requested', 'claim.email_change_approved',
        'claim.email_change_declined'));
    create policy email_changes_worker_appends on ledger_entries for insert to joinder_worker
      with check (kind in ('claim.email_change_started', 'claim.email_change_confirmed',
        'claim.email_change_stopped', 'claim.email_changed', 'email_change.refused'));
  `)
}
