import type { Knex } from 'knex'

/** Of people who sign in, a row a person: how they do so, and how much they opened. */
const ofOnePerson = [
  'totp_factors',
  'passkeys',
  'recovery_codes',
  'known_devices',
  'invitations',
  'sessions_staff',
  'opening_budgets',
]

/**
 * Finding a claim for somebody who telephones, and what staff note about one. What is searched for goes
 * sealed to the worker, which alone can compute a blind index; what stays of a search is who searched, why,
 * and how many claims it found. And what only the application's own filters kept apart until now the database
 * keeps apart too: entries of the ledger, deliveries of a firm before, and what belongs to one member of staff.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table claim_searches (
      id uuid primary key,
      person_id uuid not null references people,
      -- by what: a claim's number, which is no secret of anybody, or what only a person tells
      kind text collate "C" not null check (kind in ('number', 'email', 'phone', 'name_birth')),
      reason text collate "C" check (reason in ('telephone', 'written', 'visited', 'firm')),
      -- why in words, sealed under a key of its own
      why bytea,
      why_sha256 bytea check (length(why_sha256) = 32),
      -- what was typed, sealed to the worker: gone once answered
      box bytea,
      asked_at timestamptz not null,
      handled_at timestamptz,
      -- 'lapsed': nobody answered in time, or whoever asked may not any more
      outcome text collate "C" check (outcome in ('answered', 'refused', 'lapsed')),
      -- claims found
      hits integer check (hits >= 0),
      -- the opening, whose claims are those found
      entry_id uuid references ledger_entries,
      check ((handled_at is null) = (outcome is null)),
      check ((handled_at is null) = (box is not null)),
      check ((outcome is not distinct from 'answered') = (hits is not null)),
      check ((kind = 'number') = (reason is null)),
      check ((why is null) = (reason is null) and (why is null) = (why_sha256 is null))
    );
    -- How much one person searches, and what of it found nothing.
    create index claim_searches_person on claim_searches (person_id, asked_at);
    create index claim_searches_waiting on claim_searches (asked_at) where handled_at is null;
    create index claim_searches_entry on claim_searches (entry_id) where entry_id is not null;
    create table claim_search_keys (
      search_id uuid primary key references claim_searches,
      wrapped bytea not null
    );

    create table claim_notes (
      id uuid primary key,
      claim_id uuid not null references claims,
      person_id uuid not null references people,
      ciphertext bytea not null,
      sha256 bytea not null check (length(sha256) = 32),
      created_at timestamptz not null
    );
    create index claim_notes_claim on claim_notes (claim_id, created_at, id);
    create index claim_notes_person on claim_notes (person_id);
    create table claim_note_keys (
      note_id uuid primary key references claim_notes,
      wrapped bytea not null
    );
    create trigger append_only before update or delete on claim_notes
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on claim_notes
      for each statement execute function refuse_change();
    -- A key may be destroyed, and wrapped anew when the vault key changes; nobody exchanges it for another's.
    create trigger append_only_table before truncate on claim_note_keys
      for each statement execute function refuse_change();

    -- With what a claimant sent goes what was noted about it, and why they were looked for, by whatever verb.
    create function forget_notes() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        delete from claim_note_keys where note_id in
          (select id from claim_notes where claim_id = new.id);
        delete from claim_search_keys where search_id in
          (select s.id from opening_claims o join claim_searches s on s.entry_id = o.entry_id
           where o.claim_id = new.id);
        return null;
      end $$;
    create trigger state_to_notes after update of state on claims
      for each row when (old.state <> new.state and new.state in ('expired', 'erased'))
      execute function forget_notes();

    alter table claim_searches enable row level security;
    alter table claim_search_keys enable row level security;
    alter table claim_notes enable row level security;
    alter table claim_note_keys enable row level security;

    grant select (id, person_id, kind, reason, why, why_sha256, asked_at, handled_at, outcome, hits, entry_id)
      on claim_searches to joinder_staff;
    grant insert (id, person_id, kind, reason, why, why_sha256, box, asked_at, handled_at, outcome, hits)
      on claim_searches to joinder_staff;
    grant select, insert on claim_search_keys, claim_notes, claim_note_keys to joinder_staff;
    -- One's own, and all of them for those who oversee.
    create policy staff_reads on claim_searches for select to joinder_staff using (
      (select actor_role()) = 'administrator'
      or ((select actor_role()) = 'moderator' and person_id = (select actor_id())));
    create policy staff_asks on claim_searches for insert to joinder_staff with check (
      actor_role() in ('administrator', 'moderator') and person_id = actor_id() and entry_id is null
      -- what was answered here was asked by number; all else only the worker answers
      and ((kind = 'number') = (box is null)));
    create policy staff_reads on claim_search_keys for select to joinder_staff
      using (exists (select from claim_searches s where s.id = search_id));
    create policy staff_writes on claim_search_keys for insert to joinder_staff
      with check (exists (select from claim_searches s where s.id = search_id));
    create policy staff_reads on claim_notes for select to joinder_staff
      using ((select actor_role()) in ('administrator', 'moderator'));
    create policy staff_writes on claim_notes for insert to joinder_staff with check (
      person_id = actor_id() and actor_role() in ('administrator', 'moderator')
      and exists (select from claims c where c.id = claim_id and c.state not in ('expired', 'erased')));
    create policy staff_reads on claim_note_keys for select to joinder_staff
      using (exists (select from claim_notes n where n.id = note_id));
    create policy staff_writes on claim_note_keys for insert to joinder_staff
      with check (exists (select from claim_notes n where n.id = note_id));

    grant select, update (box, handled_at, outcome, hits, entry_id) on claim_searches to joinder_worker;
    grant select, update (wrapped), delete on claim_search_keys, claim_note_keys to joinder_worker;
    grant select on claim_notes to joinder_worker;
    create policy worker_all on claim_searches to joinder_worker using (true) with check (true);
    create policy worker_all on claim_search_keys to joinder_worker using (true) with check (true);
    create policy worker_all on claim_notes to joinder_worker using (true) with check (true);
    create policy worker_all on claim_note_keys to joinder_worker using (true) with check (true);

    -- The worker records the opening that a search is, and counts it for the person who searched.
    grant select, insert, update on opening_budgets to joinder_worker;
    grant insert on alerts to joinder_worker;
    create policy worker_raises on alerts for insert to joinder_worker
      with check (person_id = actor_id() and acknowledged_at is null);

    -- What an entry is about, and whose claim was read: whoever runs the portal sees all of it, counsel what
    -- they did themselves, and without an actor nobody anything.
    alter table ledger_private enable row level security;
    alter table opening_claims enable row level security;
    create policy everyone_appends on ledger_private for insert
      to joinder_public, joinder_staff, joinder_worker with check (true);
    create policy staff_reads on ledger_private for select to joinder_staff using (
      (select actor_role()) in ('administrator', 'moderator')
      or ((select actor_role()) = 'counsel'
        and private::jsonb ->> 'person' = (select cast(actor_id() as text))));
    create policy worker_reads on ledger_private for select to joinder_worker using (true);
    create policy staff_appends on opening_claims for insert to joinder_staff
      with check (exists (select from claims c where c.id = claim_id));
    create policy staff_reads on opening_claims for select to joinder_staff using (
      (select actor_role()) in ('administrator', 'moderator')
      or exists (select from ledger_private p where p.entry_id = opening_claims.entry_id));
    create policy worker_all on opening_claims to joinder_worker using (true) with check (true);

    -- A delivery is the firm's that it was made for, also when another has the matter since.
    drop policy staff_reads on batches;
    create policy staff_reads on batches for select to joinder_staff using (
      actor_sees_matter(matter_id)
      and (actor_role() in ('administrator', 'moderator') or firm_id = actor_firm()));

    -- Signing in is done by nobody yet; whoever acts already sees and changes what is their own.
    ${ofOnePerson
      .map(
        (table) => `
    alter table ${table} enable row level security;
    create policy staff_own on ${table} to joinder_staff
      using (actor_id() is null or person_id = actor_id() or actor_role() = 'administrator')
      with check (actor_id() is null or person_id = actor_id() or actor_role() = 'administrator');
    create policy worker_all on ${table} to joinder_worker using (true) with check (true);`,
      )
      .join('')}

    -- Who somebody is has to be read before anybody acts; their account changes they themselves.
    alter table people enable row level security;
    create policy staff_reads on people for select to joinder_staff using (true);
    create policy staff_adds on people for insert to joinder_staff
      with check (actor_id() is null or actor_role() = 'administrator');
    create policy staff_changes on people for update to joinder_staff
      using (actor_id() is null or id = actor_id() or actor_role() = 'administrator');
    create policy worker_all on people to joinder_worker using (true) with check (true);

    -- Rights are given and taken by administrators; by nobody who acts besides, least of all for themselves.
    -- Without an actor an operator's command does so, at the host.
    create function guard_rights() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if session_user <> 'joinder_staff' or actor_id() is null
          or (actor_role() = 'administrator' and new.id <> actor_id()) then
          return new;
        end if;
        -- Taking up one's own invitation.
        if tg_op = 'UPDATE' and new.id = actor_id() and old.state = 'invited' and new.state = 'active'
          and (old.role, old.firm_id) is not distinct from (new.role, new.firm_id) then
          return new;
        end if;
        raise exception 'rights are given by another administrator' using errcode = 'insufficient_privilege';
      end $$;
    create trigger guarded before insert on people for each row execute function guard_rights();
    create trigger guarded_change before update on people for each row
      when ((old.role, old.state, old.firm_id) is distinct from (new.role, new.state, new.firm_id))
      execute function guard_rights();

    -- Who filed together is told to whoever may know of one of their claims.
    alter table households enable row level security;
    create policy public_reads on households for select to joinder_public using (true);
    create policy public_founds on households for insert to joinder_public with check (true);
    create policy staff_reads on households for select to joinder_staff
      using (exists (select from household_claims h where h.household_id = households.id));
    create policy worker_reads on households for select to joinder_worker using (true);

    create policy search_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('claim.searched', 'search.reason_read', 'note.added'));
    create policy search_worker_appends on ledger_entries for insert to joinder_worker
      with check (kind in ('opening.refused', 'search.lapsed', 'alert.raised'));
  `)
}
