import type { Knex } from 'knex'

/**
 * What looks like somebody reading or guessing more than their work needs, told to all administrators.
 * An alert says ids and counts and nothing of a claim; it stays, and all that can be added to it is, once,
 * that an administrator has looked into it. What it is raised from are counts in the row that each opening
 * locks anyway, and a table of small counters for what opens nothing.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table alerts (
      id uuid primary key,
      kind text collate "C" not null check (kind in ('budget_hour', 'budget_day', 'night', 'week',
        'unusual', 'files', 'batch_again', 'unknown_person', 'unknown_address', 'unknown_all')),
      -- whom it is about; null: somebody on the public surface
      person_id uuid references people,
      role text,
      -- a batch, where it is about one
      subject_id uuid,
      at timestamptz not null,
      -- so many since then, where the number is so high
      count integer not null,
      most integer not null,
      since timestamptz not null,
      acknowledged_at timestamptz,
      acknowledged_by uuid references people,
      outcome text collate "C" check (outcome in ('expected', 'explained', 'acted')),
      -- what the administrator wrote, AES-256-GCM under the staff key
      statement bytea,
      check ((acknowledged_at is null) = (acknowledged_by is null)),
      check ((acknowledged_at is null) = (outcome is null)),
      check ((acknowledged_at is null) = (statement is null)),
      check ((person_id is null) = (kind in ('unknown_address', 'unknown_all'))),
      check ((person_id is null) = (role is null))
    );
    create index alerts_person on alerts (person_id) where person_id is not null;
    create index alerts_acknowledged_by on alerts (acknowledged_by) where acknowledged_by is not null;
    create index alerts_open on alerts (id) where acknowledged_at is null;
    create index alerts_done on alerts (id) where acknowledged_at is not null;

    -- Asked once: what was raised stays as it was, and so does how it was answered.
    create trigger answered_once before update on alerts
      for each row when (old.acknowledged_at is not null
        or (old.id, old.kind, old.person_id, old.role, old.subject_id, old.at, old.count, old.most, old.since)
          is distinct from
          (new.id, new.kind, new.person_id, new.role, new.subject_id, new.at, new.count, new.most, new.since))
      execute function refuse_change();
    create trigger append_only before delete on alerts
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on alerts
      for each statement execute function refuse_change();

    -- How many are open, no further than asked: every page of an administrator asks.
    create function alerts_open(cap integer) returns integer
      language sql stable security definer set search_path = public, pg_temp as
      $$ select count(*)::integer from
           (select 1 from alerts where acknowledged_at is null limit cap) as open $$;
    -- Whoever an alert is about may close it only where nobody else could.
    create function another_administrator() returns boolean
      language sql stable security definer set search_path = public, pg_temp as
      $$ select exists (select 1 from people
           where role = 'administrator' and state = 'active' and id <> actor_id()) $$;
    revoke execute on function alerts_open(integer), another_administrator() from public;
    grant execute on function alerts_open(integer), another_administrator() to joinder_staff;

    alter table alerts enable row level security;
    grant insert on alerts to joinder_public, joinder_staff;
    grant select on alerts to joinder_staff, joinder_worker;
    grant update (acknowledged_at, acknowledged_by, outcome, statement) on alerts to joinder_staff;
    create policy public_raises on alerts for insert to joinder_public
      with check (person_id is null and acknowledged_at is null);
    create policy staff_raises on alerts for insert to joinder_staff
      with check (person_id = actor_id() and acknowledged_at is null);
    create policy staff_reads on alerts for select to joinder_staff
      using ((select actor_role()) = 'administrator');
    create policy staff_acknowledges on alerts for update to joinder_staff
      -- also the answered ones, which the trigger keeps: whoever is late is told that they are
      using (actor_role() = 'administrator')
      with check (acknowledged_by = actor_id()
        and (person_id is distinct from actor_id() or not another_administrator()));
    create policy worker_reads on alerts for select to joinder_worker using (true);

    -- What is counted besides openings, by whom or by a keyed hash that changes daily.
    create table watch_counts (
      kind text collate "C" not null,
      subject text collate "C" not null,
      since timestamptz not null,
      count integer not null,
      primary key (kind, subject)
    );
    create index watch_counts_since on watch_counts (since);
    alter table watch_counts enable row level security;
    grant select, delete on watch_counts to joinder_worker;
    create policy worker_all on watch_counts to joinder_worker using (true) with check (true);

    -- The surfaces count one more and read nothing else: the one for whoever acts, the other outside.
    create function count_up(asked_kind text, asked_subject text, begins timestamptz) returns integer
      language sql security definer set search_path = public, pg_temp as
      $$ insert into watch_counts as w (kind, subject, since, count)
         values (asked_kind, asked_subject, begins, 1)
         on conflict (kind, subject) do update set
           count = case when w.since = excluded.since then w.count else 0 end + 1,
           since = excluded.since
         returning count $$;
    create function count_own(asked_kind text, about text, begins timestamptz) returns integer
      language sql security definer set search_path = public, pg_temp as
      $$ select count_up('own ' || asked_kind, actor_id()::text || ' ' || about, begins) $$;
    create function count_outside(asked_kind text, about text, begins timestamptz) returns integer
      language sql security definer set search_path = public, pg_temp as
      $$ select count_up('outside ' || asked_kind, about, begins) $$;
    revoke execute on function count_up(text, text, timestamptz), count_own(text, text, timestamptz),
      count_outside(text, text, timestamptz) from public;
    grant execute on function count_own(text, text, timestamptz) to joinder_staff;
    grant execute on function count_outside(text, text, timestamptz) to joinder_public;

    -- The same row, the same lock: also the hour before, the week, the night, and the files that left.
    alter table opening_budgets
      add column before_count integer not null default 0,
      add column file_count integer not null default 0,
      add column week timestamptz,
      add column week_count integer not null default 0,
      -- a moving mean of the weeks before
      add column usual_week real,
      add column night timestamptz,
      add column night_count integer not null default 0;

    create policy alerts_public_appends on ledger_entries for insert to joinder_public
      with check (kind = 'alert.raised');
    create policy alerts_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('alert.raised', 'alert.acknowledged'));
  `)
}
