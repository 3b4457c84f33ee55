import type { Knex } from 'knex'

/**
 * What each claim lacks, the links by which a person gives it, and when they are reminded. No row holds
 * anything personal: a need names a question or a kind of document. Completeness is a fact of its own beside the
 * claim's state, kept by trigger, so that no verb can forget it and no page has to count.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table needs (
      id uuid primary key,
      claim_id uuid not null references claims,
      -- answer: a question of the form; document; signature; confirm: the address of the claim
      kind text collate "C" not null check (kind in ('answer', 'document', 'signature', 'confirm')),
      -- the question's id, the kind of document or of paper
      ref text collate "C" not null,
      -- wished: asked for, but the claim goes on without it
      required boolean not null,
      source text not null check (source in ('rule', 'moderator')),
      asked_at timestamptz not null,
      asked_by uuid references people,
      due_at timestamptz,
      met_at timestamptz,
      -- nobody wants it any more
      cancelled_at timestamptz,
      check ((source = 'moderator') = (asked_by is not null)),
      check (num_nonnulls(met_at, cancelled_at) <= 1)
    );
    create unique index needs_open on needs (claim_id, kind, ref)
      where met_at is null and cancelled_at is null;
    create index needs_claim on needs (claim_id, asked_at, id);
    create index needs_asked_by on needs (asked_by) where asked_by is not null;

    -- One link of one mail, which does one thing. Its token follows from its id under a key of the worker.
    create table task_links (
      id uuid primary key,
      need_id uuid not null references needs,
      claim_id uuid not null references claims,
      -- a mail that is tried again carries the same links
      mail_id uuid not null references mails,
      token_hash bytea not null unique check (length(token_hash) = 32),
      created_at timestamptz not null,
      expires_at timestamptz not null,
      used_at timestamptz,
      unique (need_id, mail_id)
    );
    create index task_links_mail on task_links (mail_id);
    create index task_links_claim on task_links (claim_id);

    -- When a claim is to be looked at next, and whether its person wants to be reminded.
    create table claim_reminders (
      claim_id uuid primary key references claims,
      -- what the link that ends reminders is derived from; the hash is there once one was mailed
      id uuid not null unique,
      token_hash bytea unique check (length(token_hash) = 32),
      next_at timestamptz,
      last_at timestamptz,
      ended_at timestamptz
    );
    create index claim_reminders_due on claim_reminders (next_at) where next_at is not null;

    -- Until when what was asked for is awaited, while the claim is deficient.
    alter table claims add column cure_due_at timestamptz;
    -- Only what moderators work with: a filing pays for neither.
    create index claims_complete on claims (state, incomplete, filed_at, id)
      where state in ('verified', 'in_review', 'deficient');
    create index claims_cure_due on claims (cure_due_at) where state = 'deficient';

    create function note_need() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      declare
        missing boolean;
      begin
        if new.kind = 'confirm' or not new.required then
          return null;
        end if;
        missing := exists (
          select from needs n where n.claim_id = new.claim_id and n.required and n.kind <> 'confirm'
            and n.met_at is null and n.cancelled_at is null);
        update claims set incomplete = missing where id = new.claim_id and incomplete <> missing;
        return null;
      end $$;
    create trigger need_to_claim after insert or update on needs
      for each row execute function note_need();

    -- A claim that is confirmed has what was needed for it; one that is over needs nothing.
    create function needs_follow_claim() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if new.state = 'verified' then
          update needs set met_at = new.verified_at
            where claim_id = new.id and kind = 'confirm' and met_at is null and cancelled_at is null;
          -- What else is missing counts from now on, however long the claim lay before.
          update claim_reminders set next_at = new.verified_at where claim_id = new.id;
        else
          update needs set cancelled_at = now()
            where claim_id = new.id and met_at is null and cancelled_at is null;
          update claim_reminders set next_at = null where claim_id = new.id;
        end if;
        return null;
      end $$;
    create trigger state_to_needs after update of state on claims
      for each row when (old.state <> new.state
        and new.state in ('verified', 'withdrawn', 'expired', 'erased'))
      execute function needs_follow_claim();

    -- The document that met a need is gone, and no other of its kind is left: it is missing again.
    create function reopen_need() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if exists (select from claims where id = new.claim_id
            and state in ('unverified', 'verified', 'in_review', 'deficient', 'accepted'))
          and not exists (select from evidence
            where claim_id = new.claim_id and kind = new.kind and state = 'received')
          and not exists (select from needs
            where claim_id = new.claim_id and kind = 'document' and ref = new.kind
              and met_at is null and cancelled_at is null) then
          update needs set met_at = null where id = (select id from needs
            where claim_id = new.claim_id and kind = 'document' and ref = new.kind
              and met_at is not null
            order by met_at desc, id desc limit 1);
        end if;
        return null;
      end $$;
    create trigger destroyed_to_needs after update of state on evidence
      for each row when (old.state = 'received' and new.state = 'destroyed'
        and new.reason <> 'claim_ended')
      execute function reopen_need();
    revoke execute on function reopen_need() from public;

    -- Reminders are ended by whoever holds the link in one, without a session; the public login can
    -- neither list these links nor end reminders without one.
    create function reminders_of(asked bytea)
      returns table (claim_id uuid, ended_at timestamptz)
      language sql stable security definer set search_path = public, pg_temp as
      $$ select r.claim_id, r.ended_at from claim_reminders r where r.token_hash = asked $$;
    create function switch_reminders(asked bytea, ended timestamptz) returns uuid
      language sql security definer set search_path = public, pg_temp as
      $$ update claim_reminders set ended_at = ended
         where token_hash = asked and (ended_at is null) <> (ended is null)
         returning claim_id $$;
    revoke execute on function reminders_of(bytea), switch_reminders(bytea, timestamptz) from public;
    grant execute on function reminders_of(bytea), switch_reminders(bytea, timestamptz)
      to joinder_public;

    alter table needs enable row level security;
    alter table claim_reminders enable row level security;
    grant select (id, claim_id, kind, ref, required, asked_at, due_at, met_at, cancelled_at)
      on needs to joinder_public;
    grant select (need_id, claim_id, token_hash, expires_at) on task_links to joinder_public;
    grant select (claim_id, ended_at) on claim_reminders to joinder_public;
    create policy public_reads on needs for select to joinder_public using (true);
    create policy public_reads on claim_reminders for select to joinder_public using (true);

    grant select, insert on needs to joinder_staff;
    grant update (required, source, asked_at, asked_by, due_at, cancelled_at) on needs to joinder_staff;
    grant select, insert on claim_reminders to joinder_staff;
    grant update (next_at) on claim_reminders to joinder_staff;
    grant update (cure_due_at) on claims to joinder_staff;
    create policy staff_reads on needs for select to joinder_staff
      using ((select actor_role()) in ('administrator', 'moderator'));
    create policy staff_asks on needs for insert to joinder_staff
      with check (actor_role() in ('administrator', 'moderator') and asked_by = actor_id());
    create policy staff_changes on needs for update to joinder_staff
      using (actor_role() in ('administrator', 'moderator'));
    create policy staff_plans on claim_reminders to joinder_staff
      using (actor_role() in ('administrator', 'moderator'))
      with check (actor_role() in ('administrator', 'moderator'));

    grant select, insert on needs to joinder_worker;
    grant update (met_at, cancelled_at) on needs to joinder_worker;
    grant select, insert on task_links to joinder_worker;
    grant update (used_at, expires_at) on task_links to joinder_worker;
    grant select, insert, update on claim_reminders to joinder_worker;
    create policy worker_all on needs to joinder_worker using (true) with check (true);
    create policy worker_all on claim_reminders to joinder_worker using (true) with check (true);

    create policy needs_public_appends on ledger_entries for insert to joinder_public
      with check (kind in ('reminders.ended', 'reminders.resumed', 'task.link_requested'));
    create policy needs_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('claim.found_deficient', 'claim.cured', 'need.cancelled'));
    create policy needs_worker_appends on ledger_entries for insert to joinder_worker
      with check (kind in ('claim.cured', 'need.met', 'reminders.ended', 'reminders.resumed',
        'claim.reminded'));
  `)
}
