import type { Knex } from 'knex'

/** Written once and never changed, by nobody. */
const final = ['rights_history', 'access_reviews']

/**
 * How staff and counsel prove who they are, what they may do, and how that ends. A password alone opens
 * nothing; whoever copies these tables gets neither a code nor a key that signs anybody in. That a right
 * was given or taken is written by triggers, so that no verb can forget it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Authenticator apps, one a person.
    create table totp_factors (
      person_id uuid primary key references people,
      -- AES-256-GCM under the staff key, bound to the person
      secret bytea not null,
      created_at timestamptz not null,
      -- the time step of the newest code that was taken: none is taken twice
      last_step bigint not null default 0
    );

    create table passkeys (
      id uuid primary key,
      person_id uuid not null references people,
      credential_id bytea not null unique,
      -- COSE
      public_key bytea not null,
      counter bigint not null,
      transports text not null,
      -- the browser in which it was made, as a family and no more
      browser text not null,
      created_at timestamptz not null,
      used_at timestamptz
    );
    create index passkeys_person on passkeys (person_id);

    create table recovery_codes (
      person_id uuid not null references people,
      -- HMAC under the staff key
      digest bytea not null check (length(digest) = 32),
      used_at timestamptz,
      primary key (person_id, digest)
    );

    -- Browsers in which a person has signed in: the hash of a cookie that says nothing else.
    create table known_devices (
      id uuid primary key,
      person_id uuid not null references people,
      digest bytea not null check (length(digest) = 32),
      browser text not null,
      first_seen_at timestamptz not null,
      last_seen_at timestamptz not null,
      unique (person_id, digest)
    );

    -- From where the people of a firm may sign in; a firm without a row may from anywhere.
    create table firm_networks (
      firm_id uuid not null references firms,
      network cidr not null,
      added_by uuid not null references people,
      added_at timestamptz not null,
      primary key (firm_id, network)
    );
    create index firm_networks_added_by on firm_networks (added_by);

    -- Guesses that were counted, by keyed hashes; may be lost in a crash.
    create unlogged table growing_waits (
      key text collate "C" primary key,
      failures integer not null,
      until_at timestamptz,
      seen_at timestamptz not null
    );

    -- Who may do what since when: one row for each change of a person's role or state.
    create table rights_history (
      id bigint generated always as identity primary key,
      person_id uuid not null references people,
      at timestamptz not null,
      -- null where no person acted: an operator's command, or upkeep (then the login is the worker's)
      by_id uuid references people,
      login text not null,
      role text not null,
      role_before text,
      state text not null,
      state_before text,
      firm_id uuid references firms
    );
    create index rights_history_person on rights_history (person_id, id);
    create index rights_history_by on rights_history (by_id) where by_id is not null;
    create index rights_history_firm on rights_history (firm_id) where firm_id is not null;

    create function note_rights() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        insert into rights_history
          (person_id, at, by_id, login, role, role_before, state, state_before, firm_id)
        values (new.id, now(), actor_id(), session_user, new.role,
          case when tg_op = 'UPDATE' then old.role end, new.state,
          case when tg_op = 'UPDATE' then old.state end, new.firm_id);
        return null;
      end $$;
    create trigger rights_given after insert on people
      for each row execute function note_rights();
    create trigger rights_changed after update of role, state on people
      for each row when ((old.role, old.state) is distinct from (new.role, new.state))
      execute function note_rights();

    -- An administrator has gone through all accounts and signs that each is still needed.
    create table access_reviews (
      id uuid primary key,
      signed_by uuid not null references people,
      signed_name text not null,
      signed_at timestamptz not null,
      accounts integer not null,
      -- SHA-256 of the list that was shown
      list_sha256 bytea not null check (length(list_sha256) = 32)
    );
    create index access_reviews_signed_by on access_reviews (signed_by);
    create index access_reviews_signed_at on access_reviews (signed_at);

    ${final
      .map(
        (table) => `
    create trigger append_only before update or delete on ${table}
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on ${table}
      for each statement execute function refuse_change();`,
      )
      .join('')}

    -- A session that was ended stays ended: a request that was under way when it ended would else write
    -- it back when it finishes.
    create table ended_sessions (
      sid text collate "C" primary key,
      ended_at timestamptz not null
    );
    create index ended_sessions_ended_at on ended_sessions (ended_at);
    create function note_ended() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        insert into ended_sessions (sid, ended_at) values (old.sid, now()) on conflict do nothing;
        delete from ended_sessions where ended_at < now() - interval '2 days';
        return null;
      end $$;
    create function refuse_ended() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if exists (select from ended_sessions where sid = new.sid) then return null; end if;
        return new;
      end $$;
    create trigger ended after delete on sessions_staff
      for each row when (old.person_id is not null) execute function note_ended();
    create trigger stay_ended before insert on sessions_staff
      for each row execute function refuse_ended();

    alter table firm_networks enable row level security;
    alter table rights_history enable row level security;
    alter table access_reviews enable row level security;

    grant select, insert, delete on totp_factors, passkeys, recovery_codes, known_devices to joinder_staff;
    grant update (last_step) on totp_factors to joinder_staff;
    grant update (counter, used_at) on passkeys to joinder_staff;
    grant update (used_at) on recovery_codes to joinder_staff;
    grant update (last_seen_at) on known_devices to joinder_staff;
    grant select (id, person_id, browser, first_seen_at) on known_devices to joinder_worker;
    grant select, insert, update, delete on growing_waits to joinder_staff;
    grant select (sid) on ended_sessions to joinder_staff;

    grant select, insert, delete on firm_networks to joinder_staff;
    -- Asked on every request, before anybody is known to act.
    create policy staff_reads on firm_networks for select to joinder_staff using (true);
    create policy staff_adds on firm_networks for insert to joinder_staff
      with check (actor_role() = 'administrator' and added_by = actor_id());
    create policy staff_removes on firm_networks for delete to joinder_staff
      using (actor_role() = 'administrator');

    grant select on rights_history to joinder_staff;
    create policy staff_reads on rights_history for select to joinder_staff
      using ((select actor_role()) = 'administrator');

    grant select, insert on access_reviews to joinder_staff;
    create policy staff_reads on access_reviews for select to joinder_staff
      using ((select actor_role()) = 'administrator');
    create policy staff_signs on access_reviews for insert to joinder_staff
      with check (actor_role() = 'administrator' and signed_by = actor_id());

    create policy accounts_staff_appends on ledger_entries for insert to joinder_staff with check (
      kind in ('person.factor_added', 'person.factor_removed', 'person.factors_reset',
        'person.recovery_renewed', 'person.recovery_used', 'person.stepped_up', 'person.device_added',
        'person.password_changed', 'person.session_ended', 'person.role_changed', 'person.woken',
        'person.outside_network', 'firm.network_added', 'firm.network_removed', 'access.reviewed'));
    create policy accounts_worker_appends on ledger_entries for insert to joinder_worker with check (
      kind in ('person.asleep'));
  `)
}
