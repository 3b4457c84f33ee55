import type { Knex } from 'knex'

/** Written once and never changed, by nobody. */
const final = ['openings', 'log_reviews', 'leaks']

/**
 * Oversight: what administrators look at so that nobody abuses the keys. Who opened what is kept a second time
 * as columns, by trigger, because the entries hold it as text; reviews of a month are signed and stay; the list
 * of whom a leak concerns is fixed when it is asked for. No personal data of claimants stands here.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- One row an entry 'claim.opened', with role and firm as they were then.
    create table openings (
      entry_id uuid primary key references ledger_entries,
      at timestamptz not null,
      -- who opened, or at whose request a job did; null: a job by itself
      person_id uuid references people,
      role text,
      firm_id uuid references firms,
      -- null: a person's own act
      job text collate "C",
      purpose text collate "C" not null,
      claims integer not null,
      check (num_nonnulls(person_id, job) > 0)
    );
    -- One for each filter of the list, all newest first.
    create index openings_person on openings (person_id, at, entry_id) where person_id is not null;
    create index openings_firm on openings (firm_id, at, entry_id) where firm_id is not null;
    create index openings_people on openings (at, entry_id) where person_id is not null;
    create index openings_at on openings (at, entry_id);
    create index openings_jobs on openings (job, at, entry_id) where person_id is null;

    create function note_openings(which uuid) returns void
      language sql security definer set search_path = public, pg_temp as
      $$ insert into openings (entry_id, at, person_id, role, firm_id, job, purpose, claims)
         select e.id, e.at, p.id, p.role, p.firm_id,
           case when p.id is null then coalesce(f.facts ->> 'job', 'unknown') else f.facts ->> 'job' end,
           coalesce(f.facts ->> 'purpose', 'unknown'), coalesce((f.facts ->> 'claims')::integer, 0)
         from ledger_entries e
         join ledger_private r on r.entry_id = e.id
         cross join lateral (select r.private::jsonb as facts) f
         cross join lateral (select coalesce(f.facts ->> 'person', f.facts ->> 'requestedBy') as id) w
         left join people p on p.id = case when w.id ~ '^[0-9a-f-]{36}$' then w.id::uuid end
         where e.kind = 'claim.opened' and (which is null or e.id = which) $$;
    revoke execute on function note_openings(uuid) from public;
    create function note_opening() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        perform note_openings(new.id);
        return null;
      end $$;
    -- At the end of the statement the private part is there too.
    create trigger opening_noted after insert on ledger_entries
      for each row when (new.kind = 'claim.opened') execute function note_opening();
    select note_openings(null);

    -- What the pages of oversight read of the ledger by kind, so that they never walk over the filings.
    create index ledger_entries_deliveries on ledger_entries (at, id)
      where kind in ('batch.requested', 'batch.delivered', 'batch.reissued', 'batch.failed',
        'batch.downloaded', 'recall.noted');
    create index ledger_entries_watched on ledger_entries (kind, at, id)
      where kind in ('opening.refused', 'alert.raised', 'key.rotated', 'batch.downloaded',
        'authority.listed', 'openings.exported', 'leak.exported');

    -- An administrator has gone through the log of a month (Safety Measures standard, art. 8) and signs what
    -- they found. A further statement stands beside the first.
    create table log_reviews (
      id uuid primary key,
      -- its first day, in Korea
      month date not null check (extract(day from month) = 1),
      signed_by uuid not null references people,
      signed_name text not null,
      signed_at timestamptz not null,
      findings text not null,
      -- what was shown, RFC 8785 JSON; the entry commits to the hash of it and of the findings
      figures text not null,
      figures_sha256 bytea not null check (figures_sha256 = sha256(convert_to(figures, 'UTF8')))
    );
    create index log_reviews_month on log_reviews (month, signed_at);
    create index log_reviews_signed_by on log_reviews (signed_by);
    -- Administrators are reminded once of a month that nobody reviewed.
    create table log_review_reminders (
      id uuid primary key,
      month date not null unique,
      told_at timestamptz not null
    );

    -- Since when each key is in use: a fingerprint (HMAC under the key itself) that gives nothing away, noted
    -- by each process as it starts.
    create table keys_seen (
      name text collate "C" not null,
      fingerprint bytea not null check (length(fingerprint) = 32),
      first_seen_at timestamptz not null,
      last_seen_at timestamptz not null,
      primary key (name, fingerprint)
    );
    -- The moment is the database's own, and a process notes no key that it does not hold.
    create function note_key(key_name text, print bytea) returns void
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if not (case session_user
            when 'joinder_public' then key_name = 'INTAKE_PUBLIC_KEY'
            when 'joinder_staff' then key_name in ('INTAKE_PUBLIC_KEY', 'VAULT_KEY', 'STAFF_KEY')
            when 'joinder_worker' then key_name in ('INTAKE_PUBLIC_KEY', 'INTAKE_SECRET_KEY',
              'VAULT_KEY', 'INDEX_KEY', 'TOKEN_KEY', 'NOTICE_KEY', 'LEDGER_KEY')
            else false end) then
          raise exception '% holds no %', session_user, key_name using errcode = 'insufficient_privilege';
        end if;
        insert into keys_seen (name, fingerprint, first_seen_at, last_seen_at)
        values (key_name, print, now(), now())
        on conflict (name, fingerprint) do update set last_seen_at = excluded.last_seen_at;
      end $$;
    revoke execute on function note_key(text, bytea) from public;
    grant execute on function note_key(text, bytea) to joinder_public, joinder_staff, joinder_worker;

    -- Whom a leak concerns (PIPA 34): asked for once, counted, and kept as it was.
    create table leaks (
      id uuid primary key,
      what text collate "C" not null check (what in ('firm', 'person', 'matter', 'everything')),
      firm_id uuid references firms,
      person_id uuid references people,
      matter_id uuid references matters,
      since timestamptz,
      until timestamptz not null,
      asked_by uuid not null references people,
      asked_at timestamptz not null,
      claims integer not null,
      -- claims by form and items, as list_leak counted them
      counts jsonb not null,
      check ((what = 'firm') = (firm_id is not null)),
      check ((what = 'person') = (person_id is not null)),
      check ((what = 'matter') = (matter_id is not null))
    );
    create index leaks_asked_at on leaks (asked_at, id);
    create index leaks_asked_by on leaks (asked_by);
    create index leaks_firm on leaks (firm_id) where firm_id is not null;
    create index leaks_person on leaks (person_id) where person_id is not null;
    create index leaks_matter on leaks (matter_id) where matter_id is not null;

    -- No foreign keys: each of a million rows would be checked on its own, and list_leak alone writes here.
    create table leak_claims (
      leak_id uuid not null,
      claim_id uuid not null,
      -- 1 answers, 2 documents, 4 signed papers, 8 messages
      items smallint not null,
      primary key (leak_id, claim_id)
    );

    -- Lists the claims of a leak and counts them by form and items. Row-level policies would ask once a row
    -- who acts; here it is asked once.
    create function list_leak(leak uuid, what text, whom uuid, since timestamptz, until timestamptz)
      returns table (matter_id uuid, form_version integer, items smallint, claims bigint)
      language plpgsql security definer set search_path = public, pg_temp as $$
      declare
        found_by text := case what
          -- A delivery that was made again later counts from its first request.
          when 'firm' then '
            select b.claim_id, 1 as items from batch_claims b join batches t on t.id = b.batch_id
            where b.firm_id = $2 and t.requested_at < $4 and t.completed_at >= $3 group by 1'
          -- What an unknown purpose showed is taken for everything.
          when 'person' then '
            select c.claim_id, bit_or(case
              when o.purpose = ''batch'' then 1
              when o.purpose = ''messages'' then 8
              when o.purpose = ''document_download'' then 2
              when o.purpose = ''authority_check'' then 4
              when o.purpose in (''review'', ''identity_check'', ''duplicate_check'', ''claimant_contact'') then 11
              else 15 end) as items
            from openings o join opening_claims c on c.entry_id = o.entry_id
            where o.person_id = $2 and o.at >= $3 and o.at < $4 group by 1'
          when 'matter' then '
            select c.id as claim_id, 15 as items from claims c
            where c.matter_id = $2 and c.filed_at < $4'
          when 'everything' then '
            select c.id as claim_id, 15 as items from claims c where c.filed_at < $4' end;
      begin
        if actor_role() is distinct from 'administrator' then
          raise exception 'for administrators alone' using errcode = 'insufficient_privilege';
        end if;
        return query execute '
          with found as (' || found_by || '), listed as (
            insert into leak_claims (leak_id, claim_id, items)
            select $1, f.claim_id, (f.items & (1
              | case when d.claim_id is null then 0 else 2 end
              | case when p.claim_id is null then 0 else 4 end
              | case when m.claim_id is null then 0 else 8 end))::smallint
            from found f join claims c on c.id = f.claim_id
            left join (select distinct claim_id from evidence
              where created_at < $4 and coalesce(destroyed_at, ''infinity'') >= $3) d on d.claim_id = f.claim_id
            left join (select distinct claim_id from authority_packs
              where signed_at < $4) p on p.claim_id = f.claim_id
            left join (select distinct claim_id from messages
              where created_at < $4) m on m.claim_id = f.claim_id
            -- What was destroyed before could not leak any more.
            where c.state not in (''expired'', ''erased'') or exists (
              select from ledger_private r join ledger_entries e on e.id = r.entry_id
              where r.claim_id = c.id and e.kind in (''claim.expired'', ''claim.erased'') and e.at >= $3)
            order by f.claim_id
            returning claim_id, leak_claims.items)
          select c.matter_id, c.form_version, l.items, count(*)
          from listed l join claims c on c.id = l.claim_id group by 1, 2, 3 order by 1, 2, 3'
        using leak, whom, coalesce(since, '-infinity'), until;
      end $$;

    -- A piece of such a list in the order of claim ids, with how each claim stands now.
    create function leak_page(leak uuid, behind uuid, most integer)
      returns table (claim_id uuid, number text, matter_id uuid, form_version integer, items smallint,
        language text, state text, confirmed boolean, bounced boolean)
      language plpgsql stable security definer set search_path = public, pg_temp as $$
      begin
        if actor_role() is distinct from 'administrator' then
          raise exception 'for administrators alone' using errcode = 'insufficient_privilege';
        end if;
        return query
          select l.claim_id, c.number, c.matter_id, c.form_version, l.items, c.language, c.state,
            c.verified_at is not null, c.bounced_at is not null
          from (select a.claim_id, a.items from leak_claims a
                where a.leak_id = leak and a.claim_id > behind order by a.claim_id limit most) l
          join claims c on c.id = l.claim_id order by l.claim_id;
      end $$;
    revoke execute on function list_leak(uuid, text, uuid, timestamptz, timestamptz),
      leak_page(uuid, uuid, integer) from public;
    grant execute on function list_leak(uuid, text, uuid, timestamptz, timestamptz),
      leak_page(uuid, uuid, integer) to joinder_staff;

    ${final
      .map(
        (table) => `
    create trigger append_only before update or delete on ${table}
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on ${table}
      for each statement execute function refuse_change();
    alter table ${table} enable row level security;
    -- Asked once a query, and as a whole: of a comparison the planner would expect to let hardly a row through,
    -- and then sort where the index is in order.
    create policy staff_reads on ${table} for select to joinder_staff
      using ((select actor_role() = 'administrator'));`,
      )
      .join('')}

    grant select on openings to joinder_staff;
    grant select, insert on log_reviews, leaks to joinder_staff;
    create policy staff_signs on log_reviews for insert to joinder_staff
      with check (actor_role() = 'administrator' and signed_by = actor_id());
    create policy staff_asks on leaks for insert to joinder_staff
      with check (actor_role() = 'administrator' and asked_by = actor_id());

    grant select (month) on log_reviews to joinder_worker;
    create policy worker_reads on log_reviews for select to joinder_worker using (true);
    grant select, insert on log_review_reminders to joinder_worker;
    grant select (id, asked_at) on leaks to joinder_worker;
    create policy worker_reads on leaks for select to joinder_worker using (true);
    grant select, delete on leak_claims to joinder_worker;

    alter table keys_seen enable row level security;
    grant select on keys_seen to joinder_staff;
    create policy staff_reads on keys_seen for select to joinder_staff
      using ((select actor_role() = 'administrator'));

    create policy oversight_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('log.reviewed', 'openings.exported', 'leak.listed', 'leak.exported'));
  `)
}
