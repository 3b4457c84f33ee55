import type { Knex } from 'knex'

/**
 * Documents that claimants upload. The files stand encrypted in a folder or an S3 store under random
 * names; here is what they are, whose, and the keys, in a narrow table of their own. The public login
 * adds documents that wait at the door and sees how far they are; whether whoever sent one may do so,
 * only the worker can tell, and nothing that was admitted can be opened on the public surface.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table evidence (
      id uuid primary key,
      claim_id uuid not null references claims,
      -- 'arrived': nobody has asked yet whose it is; 'checking': it is the claimant's; 'received': checked,
      -- stored and read back; 'destroyed': gone, the row says when and why
      state text collate "C" not null default 'arrived'
        check (state in ('arrived', 'checking', 'received', 'destroyed')),
      -- what the claimant says it is
      kind text collate "C" not null
        check (kind in ('notice', 'account', 'order', 'damage', 'other')),
      -- what its bytes say it is
      type text collate "C" not null check (type in ('jpeg', 'png', 'webp', 'heic', 'pdf', 'text')),
      -- of the original as received
      bytes integer not null check (bytes > 0),
      -- key, name and the secret of the browser, sealed to the worker; gone once received
      box bytea,
      -- name and hash, encrypted under the document's own key
      about bytea,
      -- what staff are shown in its place
      view text collate "C" not null default 'none' check (view in ('none', 'waiting', 'made', 'failed')),
      view_problem text collate "C",
      created_at timestamptz not null,
      received_at timestamptz,
      destroyed_at timestamptz,
      -- null: a program, or the claimant
      destroyed_by uuid references people,
      reason text collate "C",
      check ((state in ('arrived', 'checking')) = (box is not null)),
      check ((state = 'received') = (about is not null)),
      check ((state = 'destroyed') = (destroyed_at is not null)),
      check ((destroyed_at is null) = (reason is null)),
      check ((view = 'failed') = (view_problem is not null))
    );
    create index evidence_claim on evidence (claim_id, created_at);
    create index evidence_waiting on evidence (created_at) where state in ('arrived', 'checking');
    create index evidence_view_waiting on evidence (received_at) where view = 'waiting';
    create index evidence_destroyed_by on evidence (destroyed_by) where destroyed_by is not null;

    -- Apart, like the keys of claims: whoever deletes these rows has destroyed the document, whatever
    -- becomes of its files.
    create table evidence_keys (
      evidence_id uuid not null references evidence on delete cascade,
      part text collate "C" not null check (part in ('original', 'view')),
      wrapped bytea not null,
      primary key (evidence_id, part)
    );

    -- One file in the store, under this id and nothing else as its name.
    create table evidence_objects (
      id uuid primary key,
      evidence_id uuid not null references evidence on delete cascade,
      part text collate "C" not null check (part in ('original', 'view')),
      page integer not null check (page > 0),
      -- SHA-256 of the file as it stands there
      sha256 bytea not null check (length(sha256) = 32),
      created_at timestamptz not null,
      unique (evidence_id, part, page)
    );

    -- A claimant takes a document back; the browser's secret is sealed to the worker.
    create table evidence_removals (
      id uuid primary key,
      evidence_id uuid not null references evidence on delete cascade,
      box bytea,
      created_at timestamptz not null,
      handled_at timestamptz,
      check ((box is null) = (handled_at is not null))
    );
    create index evidence_removals_evidence on evidence_removals (evidence_id);
    create index evidence_removals_waiting on evidence_removals (created_at) where handled_at is null;

    alter table evidence enable row level security;
    alter table evidence_keys enable row level security;
    alter table evidence_objects enable row level security;

    grant insert (id, claim_id, kind, type, bytes, box, created_at) on evidence to joinder_public;
    grant select (id, claim_id, state, kind, type, bytes, view, view_problem, created_at, received_at,
      destroyed_at, reason) on evidence to joinder_public;
    grant insert on evidence_objects, evidence_removals to joinder_public;
    grant select (evidence_id, handled_at) on evidence_removals to joinder_public;
    create policy public_sends on evidence for insert to joinder_public with check (state = 'arrived');
    create policy public_reads on evidence for select to joinder_public using (true);
    create policy public_stores on evidence_objects for insert to joinder_public
      with check (part = 'original' and page = 1);

    -- Counsel read no evidence here: what they receive is a delivery.
    grant select on evidence, evidence_keys, evidence_objects to joinder_staff;
    grant update (state, box, about, view, view_problem, destroyed_at, destroyed_by, reason)
      on evidence to joinder_staff;
    grant delete on evidence_keys, evidence_objects to joinder_staff;
    create policy staff_reads on evidence for select to joinder_staff
      using (actor_role() in ('administrator', 'moderator'));
    -- A document is destroyed once, by whoever says so.
    create policy staff_destroys on evidence for update to joinder_staff
      using (actor_role() in ('administrator', 'moderator') and state <> 'destroyed')
      with check (state = 'destroyed' and destroyed_by = actor_id());
    create policy staff_reads on evidence_keys for select to joinder_staff
      using (actor_role() in ('administrator', 'moderator'));
    create policy staff_destroys on evidence_keys for delete to joinder_staff
      using (actor_role() in ('administrator', 'moderator'));
    create policy staff_reads on evidence_objects for select to joinder_staff
      using (actor_role() in ('administrator', 'moderator'));
    create policy staff_destroys on evidence_objects for delete to joinder_staff
      using (actor_role() in ('administrator', 'moderator'));

    grant select, update, delete on evidence to joinder_worker;
    grant select, insert, delete on evidence_keys, evidence_objects to joinder_worker;
    grant select, update on evidence_removals to joinder_worker;
    create policy worker_all on evidence to joinder_worker using (true) with check (true);
    create policy worker_all on evidence_keys to joinder_worker using (true) with check (true);
    create policy worker_all on evidence_objects to joinder_worker using (true) with check (true);

    create policy evidence_public_appends on ledger_entries for insert to joinder_public
      with check (kind in ('evidence.sent', 'evidence.removal_requested'));
    create policy evidence_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('evidence.destroyed'));
    create policy evidence_worker_appends on ledger_entries for insert to joinder_worker
      with check (kind in ('evidence.added', 'evidence.refused', 'evidence.shown', 'evidence.destroyed'));

    create index claimant_copies_documents on claimant_copies (claim_id) where kind = 'documents';

    -- How a document stands is read live; its name is a copy, made anew when one comes or goes.
    create function note_document() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        insert into outbox (job, payload, created_at)
          select 'renew-documents', jsonb_build_object('claimId', new.claim_id), now()
          where exists (select 1 from claimant_copies c
                        where c.claim_id = new.claim_id and c.kind = 'documents');
        return null;
      end $$;
    create trigger state_to_copies after update of state on evidence
      for each row when (old.state <> new.state and new.state in ('received', 'destroyed'))
      execute function note_document();
  `)
}
