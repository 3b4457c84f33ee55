import type { Knex } from 'knex'

/**
 * Authority packs: what a person signed (power of attorney, fee agreement, sworn statement), sealed like
 * their answers, and the papers made of it. A pack is never changed: it is confirmed, and another one
 * takes its place when the documents or the firm change.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table authority_packs (
      id uuid primary key,
      claim_id uuid not null references claims,
      matter_id uuid not null references matters,
      -- whom it authorises
      firm_id uuid not null references firms,
      -- the claimant, or the guardian of one who is not of age
      signer text not null check (signer in ('claimant', 'guardian')),
      -- of a claimant's pack: it is worth something only with that of a guardian
      needs_guardian boolean not null default false,
      -- 'fee_agreement@1,power_of_attorney@1', sorted
      documents text collate "C" not null check (documents <> ''),
      -- what was shown, answered and signed, with address and device; null once destroyed
      ciphertext bytea,
      -- SHA-256 of the ciphertext
      sha256 bytea not null check (length(sha256) = 32),
      -- SHA-256 of the canonical JSON of what was shown and signed, which the paper carries
      document_sha256 bytea not null check (length(document_sha256) = 32),
      signed_at timestamptz not null,
      confirmed_at timestamptz,
      -- the paper is made, or nothing is left to make it of
      rendered boolean not null default false,
      confirmed_how text check (confirmed_how in ('link', 'code')),
      -- of the confirmation: the entry that the paper proves
      entry_id uuid,
      superseded_at timestamptz,
      check (num_nonnulls(confirmed_at, confirmed_how, entry_id) in (0, 3)),
      check (signer = 'claimant' or not needs_guardian)
    );
    create index authority_packs_claim on authority_packs (claim_id, signed_at);
    create index authority_packs_to_render on authority_packs (confirmed_at)
      where confirmed_at is not null and not rendered;
    create index authority_packs_guardian on authority_packs (confirmed_at)
      where needs_guardian and superseded_at is null;
    create index authority_packs_matter on authority_packs (matter_id);
    create index authority_packs_firm on authority_packs (firm_id);

    -- A table of its own, as for sealed records. 'content': of the pack; 'paper': of the PDF made of it.
    create table pack_keys (
      pack_id uuid not null references authority_packs,
      field text collate "C" not null check (field in ('content', 'paper')),
      wrapped_by text not null check (wrapped_by in ('intake', 'vault')),
      wrapped bytea not null,
      primary key (pack_id, field)
    );

    create table papers (
      pack_id uuid primary key references authority_packs,
      ciphertext bytea not null,
      -- C2SP tlog-proof of the entry, as it stands on the paper: with it the same paper can be made again
      proof text not null,
      -- SHA-256 of the PDF
      sha256 bytea not null check (length(sha256) = 32),
      made_at timestamptz not null
    );

    -- What is signed later, in the claimant's own page or under a guardian's link. Sealed to the worker,
    -- with the secret that allows it; gone once handled.
    create table signing_requests (
      id uuid primary key,
      kind text not null check (kind in ('own', 'guardian')),
      claim_id uuid not null references claims,
      box bytea,
      created_at timestamptz not null,
      handled_at timestamptz,
      outcome text check (outcome in ('taken', 'refused')),
      check ((handled_at is null) = (outcome is null))
    );
    create index signing_requests_waiting on signing_requests (created_at) where handled_at is null;
    create index signing_requests_claim on signing_requests (claim_id, created_at);

    -- The link under which a guardian signs; the token is derived from its id by the worker.
    create table guardian_links (
      id uuid primary key,
      claim_id uuid not null references claims,
      -- what the child signed, and the guardian signs too
      pack_id uuid not null references authority_packs,
      token_hash bytea not null unique check (length(token_hash) = 32),
      created_at timestamptz not null,
      expires_at timestamptz not null,
      consumed_at timestamptz,
      superseded_at timestamptz
    );
    create index guardian_links_claim on guardian_links (claim_id, created_at);
    create index guardian_links_pack on guardian_links (pack_id);

    -- The link or code that confirms a claim also confirms what was signed with it.
    alter table verifications add column pack_id uuid references authority_packs;
    create index verifications_pack on verifications (pack_id) where pack_id is not null;
    grant select (pack_id) on verifications to joinder_public;

    -- The firm that the claimant agreed to have their data given to. When a matter changes its firm, nothing
    -- goes to the new one before they have agreed again.
    alter table claims add column firm_id uuid references firms;
    update claims c set firm_id = m.firm_id from matters m where m.id = c.matter_id;
    alter table claims alter column firm_id set not null;
    create index claims_firm on claims (firm_id, matter_id);

    create trigger firm_to_deliver after update of firm_id on claims
      for each row when (new.state = 'accepted' and old.firm_id <> new.firm_id)
      execute function note_to_deliver();

    -- One row for each confirmed claim of a matter: whether its signed papers are complete, and for what.
    -- Kept by triggers, so that no verb can forget it and no page counts packs.
    create table claim_authority (
      claim_id uuid primary key references claims,
      matter_id uuid not null references matters,
      number text collate "C" not null,
      filed_at timestamptz not null,
      -- firm and documents of the packs that are complete: '<firm id> <documents>'; '' for none. Complete
      -- today is whoever has the key of today.
      key text collate "C" not null default '',
      pack_id uuid references authority_packs,
      guardian_pack_id uuid references authority_packs,
      -- the claimant's newest pack waits for its confirmation, or for the guardian
      waiting boolean not null default false
    );
    create index claim_authority_matter on claim_authority (matter_id, filed_at, claim_id);
    create index claim_authority_key on claim_authority (matter_id, key, filed_at, claim_id);
    create unique index claim_authority_number on claim_authority (matter_id, number);
    create index claim_authority_pack on claim_authority (pack_id) where pack_id is not null;
    create index claim_authority_guardian on claim_authority (guardian_pack_id)
      where guardian_pack_id is not null;

    -- In several slots, so that people who confirm at the same moment do not wait for each other.
    create table authority_counts (
      matter_id uuid not null references matters,
      key text collate "C" not null,
      slot smallint not null check (slot between 0 and 15),
      claims bigint not null,
      primary key (matter_id, key, slot)
    );

    create table authority_samples (
      id uuid primary key,
      matter_id uuid not null references matters,
      -- As it was said. It decides nothing by itself: with it goes the root of the first signed tree that
      -- holds this entry, which nobody knows before the seed and what is drawn from stand.
      seed text not null check (length(seed) between 1 and 100),
      entry_id uuid not null,
      size integer not null check (size > 0),
      -- whose packs were complete for this firm and these documents: claim numbers, sorted, a line each
      key text collate "C" not null,
      numbers text not null check (numbers <> ''),
      drawn_from integer not null,
      drawn_by uuid not null references people,
      drawn_at timestamptz not null
    );
    create index authority_samples_matter on authority_samples (matter_id, drawn_at);
    create index authority_samples_drawn_by on authority_samples (drawn_by);

    -- Locked before the packs are read: of two that are confirmed at once, the second sees the first.
    create function settle_authority(asked uuid) returns void
      language plpgsql security definer set search_path = public, pg_temp as $$
      declare
        own authority_packs;
        theirs authority_packs;
        is_whole boolean;
        waits boolean;
      begin
        perform from claim_authority where claim_id = asked for update;
        if not found then
          return;
        end if;
        select * into own from authority_packs
          where claim_id = asked and signer = 'claimant' and confirmed_at is not null
            and superseded_at is null
          order by signed_at desc, id desc limit 1;
        if own.needs_guardian then
          select * into theirs from authority_packs
            where claim_id = asked and signer = 'guardian' and confirmed_at is not null
              and superseded_at is null and firm_id = own.firm_id and documents = own.documents
            order by signed_at desc, id desc limit 1;
        end if;
        is_whole := own.id is not null and (not own.needs_guardian or theirs.id is not null);
        waits := not is_whole and exists (select from authority_packs
          where claim_id = asked and superseded_at is null);
        update claim_authority set
          key = case when is_whole then own.firm_id || ' ' || own.documents else '' end,
          pack_id = own.id, guardian_pack_id = theirs.id, waiting = waits
        where claim_id = asked;
      end $$;

    create function note_pack() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        perform settle_authority(new.claim_id);
        return null;
      end $$;
    create trigger confirmed after update of confirmed_at, superseded_at on authority_packs
      for each row execute function note_pack();
    -- What is filed comes with an unconfirmed pack, and nothing counts before the claim does.
    create trigger signed after insert on authority_packs
      for each row when (new.confirmed_at is not null) execute function note_pack();

    create function note_counted() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if new.state in ('unverified', 'expired', 'withdrawn', 'erased', 'duplicate') then
          delete from claim_authority where claim_id = new.id;
        else
          insert into claim_authority (claim_id, matter_id, number, filed_at)
            values (new.id, new.matter_id, new.number, new.filed_at) on conflict do nothing;
          perform settle_authority(new.id);
        end if;
        return null;
      end $$;
    create trigger state_to_authority after update of state on claims
      for each row when (old.state <> new.state) execute function note_counted();
    create trigger filed_to_authority after insert on claims
      for each row when (new.state <> 'unverified') execute function note_counted();

    create function count_authority() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if tg_op <> 'INSERT' then
          update authority_counts set claims = claims - 1
            where matter_id = old.matter_id and key = old.key and slot = abs(hashtext(old.number) % 16);
        end if;
        if tg_op <> 'DELETE' then
          insert into authority_counts (matter_id, key, slot, claims)
            values (new.matter_id, new.key, abs(hashtext(new.number) % 16), 1)
            on conflict (matter_id, key, slot) do update set claims = authority_counts.claims + 1;
        end if;
        return null;
      end $$;
    create trigger counted after insert or delete on claim_authority
      for each row execute function count_authority();
    create trigger recounted after update of key on claim_authority
      for each row when (old.key <> new.key) execute function count_authority();
    revoke execute on function settle_authority(uuid), note_pack(), note_counted(), count_authority()
      from public;

    -- What was signed and confirmed stays as it was, whoever writes.
    create function keep_signed() returns trigger
      language plpgsql set search_path = public, pg_temp as $$
      begin
        if old.confirmed_at is not null
          and (old.confirmed_at, old.confirmed_how, old.entry_id)
            is distinct from (new.confirmed_at, new.confirmed_how, new.entry_id) then
          raise exception 'the confirmation of a pack is never changed';
        end if;
        if old.superseded_at is not null
          and (new.superseded_at is distinct from old.superseded_at
            or new.confirmed_at is distinct from old.confirmed_at) then
          raise exception 'a pack that lost its force never gets it again';
        end if;
        return new;
      end $$;
    create trigger signed_stays before update on authority_packs
      for each row execute function keep_signed();

    -- A confirmed pack takes the place of what the same person signed for this claim before.
    create function supersede_earlier() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        update authority_packs set superseded_at = new.confirmed_at
          where claim_id = new.claim_id and signer = new.signer and id <> new.id
            and superseded_at is null and signed_at <= new.signed_at;
        return null;
      end $$;
    create trigger takes_place after update of confirmed_at on authority_packs
      for each row when (old.confirmed_at is null and new.confirmed_at is not null)
      execute function supersede_earlier();

    -- Volatile: it sees the claim that the same statement files. What came after the screening nobody checked.
    create function is_being_filed(asked uuid) returns boolean
      language plpgsql volatile security definer set search_path = public, pg_temp as $$
      begin
        return exists (select from claims where id = asked and state = 'unverified' and screened_at is null);
      end $$;
    revoke execute on function keep_signed(), supersede_earlier() from public;

    alter table authority_packs enable row level security;
    alter table pack_keys enable row level security;
    alter table papers enable row level security;
    alter table claim_authority enable row level security;
    alter table authority_counts enable row level security;
    alter table authority_samples enable row level security;

    grant insert on authority_packs, pack_keys, signing_requests to joinder_public;
    grant select (id, claim_id, matter_id, firm_id, signer, needs_guardian, documents, sha256, document_sha256, signed_at,
      confirmed_at, confirmed_how, superseded_at) on authority_packs to joinder_public;
    create policy public_reads on authority_packs for select to joinder_public using (true);
    -- The public login files a claim's first pack. What confirms it, the worker alone checks and writes.
    create policy public_files on authority_packs for insert to joinder_public
      with check (signer = 'claimant' and confirmed_at is null and superseded_at is null
        and not rendered and is_being_filed(claim_id));
    create policy public_wraps on pack_keys for insert to joinder_public
      with check (field = 'content' and wrapped_by = 'intake');
    grant select (id, kind, claim_id, created_at, outcome) on signing_requests to joinder_public;
    grant select (token_hash, claim_id, expires_at, consumed_at, superseded_at) on guardian_links
      to joinder_public;
    grant select (firm_id) on claims to joinder_public;

    grant select, insert, update on authority_packs to joinder_worker;
    grant select, insert, update, delete on pack_keys, papers to joinder_worker;
    grant select, update (box, handled_at, outcome) on signing_requests to joinder_worker;
    grant select, insert, update (consumed_at, superseded_at) on guardian_links to joinder_worker;
    grant select on claim_authority to joinder_worker;
    create policy worker_all on authority_packs to joinder_worker using (true) with check (true);
    create policy worker_all on pack_keys to joinder_worker using (true) with check (true);
    create policy worker_all on papers to joinder_worker using (true) with check (true);
    create policy worker_reads on claim_authority for select to joinder_worker using (true);

    grant select on authority_packs, pack_keys, papers, claim_authority, authority_counts,
      authority_samples to joinder_staff;
    grant insert on authority_samples to joinder_staff;
    -- The place of a confirmation stands in the index for the court; a sample is drawn by a signed tree.
    grant select on ledger_leaves, ledger_checkpoints, ledger_origins to joinder_staff;
    -- Staff read any pack on the record; counsel what authorises their own firm.
    create function actor_reads_pack(matter uuid, firm uuid) returns boolean
      language sql stable security definer set search_path = public, pg_temp as
      $$ select actor_sees_matter(matter) and exists (
           select 1 from people p where p.id = actor_id() and p.state = 'active'
             and (p.role in ('administrator', 'moderator') or p.firm_id = firm)) $$;
    create policy staff_reads on authority_packs for select to joinder_staff
      using (actor_reads_pack(matter_id, firm_id));
    create policy staff_reads on pack_keys for select to joinder_staff
      using (field = 'paper' and exists (select from authority_packs p where p.id = pack_id));
    create policy staff_reads on papers for select to joinder_staff
      using (exists (select from authority_packs p where p.id = pack_id));
    -- The matters are asked for once a query, not once a row.
    create policy staff_reads on claim_authority for select to joinder_staff
      using (matter_id in (select m.id from matters m where actor_sees_matter(m.id)));
    create policy staff_reads on authority_counts for select to joinder_staff
      using (matter_id in (select m.id from matters m where actor_sees_matter(m.id)));
    create policy staff_reads on authority_samples for select to joinder_staff
      using (matter_id in (select m.id from matters m where actor_sees_matter(m.id)));
    create policy staff_draws on authority_samples for insert to joinder_staff
      with check (drawn_by = actor_id() and actor_sees_matter(matter_id));

    create policy authority_public_appends on ledger_entries for insert to joinder_public
      with check (kind = 'authority.requested');
    create policy authority_worker_appends on ledger_entries for insert to joinder_worker
      with check (kind in ('authority.signed', 'authority.confirmed', 'authority.refused',
        'authority.rendered', 'authority.superseded'));
    create policy authority_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('authority.sampled', 'authority.listed'));
  `)
}
