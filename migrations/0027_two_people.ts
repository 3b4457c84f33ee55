import type { Knex } from 'knex'

/**
 * What one person may not do alone: large deliveries, rights, erasing many, lifting a hold. A request names
 * exactly what is to be done; another administrator decides; the worker carries it out. That nobody decides
 * their own, that what was asked for is what is done, and that an administrator is made by two people are
 * facts of the database, so that a surface that was taken over cannot skip them.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table approvals (
      id uuid primary key,
      kind text collate "C" not null check (kind in ('invite', 'return', 'role', 'wake', 'factors',
        'network_add', 'network_remove', 'export', 'index', 'erase', 'destroy', 'hold_lift')),
      -- what it acts on: one open request for each
      object text collate "C" not null,
      -- the firm whose people see it too
      firm_id uuid references firms,
      -- RFC 8785 JSON: ids, counts, hashes, and a nonce, so that the hash in the ledger says nothing
      params text not null,
      params_sha256 bytea not null,
      -- why: a code
      reason text collate "C" not null,
      asked_by uuid not null references people,
      asked_at timestamptz not null,
      expires_at timestamptz not null check (expires_at > asked_at),
      -- nobody else could decide: then it is carried out, unless somebody stops it
      solo_due_at timestamptz check (solo_due_at >= asked_at + interval '24 hours'),
      state text not null default 'waiting' check (state in
        ('waiting', 'approved', 'refused', 'withdrawn', 'expired', 'carried_out', 'void')),
      decided_by uuid references people check (decided_by <> asked_by),
      decided_at timestamptz,
      closed_at timestamptz,
      -- why it came to nothing after all: a code
      outcome text collate "C",
      check (state not in ('approved', 'carried_out')
        or (decided_at is not null and (decided_by is not null
          or (solo_due_at is not null and decided_at >= solo_due_at)))),
      check (state <> 'refused' or decided_by is not null),
      check ((closed_at is null) = (state in ('waiting', 'approved')))
    );
    create unique index approvals_open on approvals (kind, object) where state in ('waiting', 'approved');
    create index approvals_waiting on approvals (asked_at, id) where state in ('waiting', 'approved');
    create index approvals_closed on approvals (closed_at, id) where closed_at is not null;
    create index approvals_asked_by on approvals (asked_by);
    create index approvals_decided_by on approvals (decided_by) where decided_by is not null;
    create index approvals_firm on approvals (firm_id) where firm_id is not null;

    -- The claims that a delivery may hold, as they were when it was asked for.
    create table approval_claims (
      approval_id uuid not null references approvals,
      claim_id uuid not null references claims,
      version integer not null,
      primary key (approval_id, claim_id)
    );
    create index approval_claims_claim on approval_claims (claim_id);
    create trigger append_only before update or delete on approval_claims
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on approval_claims
      for each statement execute function refuse_change();

    -- What was asked for stays as it was asked for, and no step is taken back.
    create function guard_approval() returns trigger language plpgsql as $$
      begin
        if (new.id, new.kind, new.object, new.firm_id, new.params, new.params_sha256, new.reason,
              new.asked_by, new.asked_at, new.expires_at)
            is distinct from (old.id, old.kind, old.object, old.firm_id, old.params, old.params_sha256,
              old.reason, old.asked_by, old.asked_at, old.expires_at)
          or (old.solo_due_at is not null and new.solo_due_at is distinct from old.solo_due_at)
          or (old.decided_by is not null and new.decided_by is distinct from old.decided_by)
          or (new.state <> old.state and (old.state, new.state) not in (values
            ('waiting', 'approved'), ('waiting', 'refused'), ('waiting', 'withdrawn'),
            ('waiting', 'expired'), ('approved', 'carried_out'), ('approved', 'void')))
        then
          raise exception 'an approval is not rewritten' using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$;
    create trigger guard before update on approvals for each row execute function guard_approval();
    create trigger append_only before delete on approvals
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on approvals
      for each statement execute function refuse_change();

    alter table approvals enable row level security;
    alter table approval_claims enable row level security;
    grant select, insert on approvals, approval_claims to joinder_staff;
    grant update (state, decided_by, decided_at, closed_at) on approvals to joinder_staff;
    create policy staff_reads on approvals for select to joinder_staff
      using ((select actor_role()) = 'administrator'
        or ((select actor_role()) is not null and asked_by = (select actor_id()))
        or firm_id = (select actor_firm())
        -- All staff are written to about these.
        or (solo_due_at is not null and (select actor_role()) = 'moderator'));
    -- Counsel asks for what goes to their own firm, the staff for the rest; nobody for another person.
    create policy staff_asks on approvals for insert to joinder_staff
      with check (state = 'waiting' and asked_by = actor_id() and solo_due_at is null
        and decided_by is null
        and (firm_id is null or firm_id = actor_firm())
        and case when kind = 'export' then actor_role() = 'counsel' and firm_id is not null
                 when kind = 'index' then actor_role() is not null
                 when kind in ('erase', 'destroy') then actor_role() in ('administrator', 'moderator')
                 else actor_role() = 'administrator' end);
    create policy staff_decides on approvals for update to joinder_staff
      using (state = 'waiting')
      with check (
        (state in ('approved', 'refused') and actor_role() = 'administrator'
          and decided_by = actor_id() and asked_by <> actor_id())
        or (state = 'withdrawn' and decided_by is null and asked_by = actor_id()
          and actor_role() is not null));
    create policy staff_reads on approval_claims for select to joinder_staff
      using (exists (select from approvals a where a.id = approval_id));
    create policy staff_names on approval_claims for insert to joinder_staff
      with check (exists (select from approvals a
        where a.id = approval_id and a.state = 'waiting' and a.asked_by = actor_id()));

    -- The worker decides nothing in anybody's name.
    grant select on approvals, approval_claims to joinder_worker;
    grant update (state, solo_due_at, decided_at, closed_at, outcome) on approvals to joinder_worker;
    create policy worker_reads on approvals for select to joinder_worker using (true);
    create policy worker_carries_out on approvals for update to joinder_worker
      using (true) with check (state <> 'refused');
    create policy worker_reads on approval_claims for select to joinder_worker using (true);

    -- A delivery that needs another person waits for them.
    alter table batches add column approval_id uuid references approvals;
    create index batches_approval on batches (approval_id) where approval_id is not null;
    grant update (approval_id) on batches to joinder_staff;
    create function guard_batch() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if not exists (select from approvals a
          where a.id = new.approval_id and a.state in ('approved', 'carried_out'))
        then
          raise exception 'this delivery is not approved' using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$;
    create trigger approved_first before update of state on batches
      for each row when (new.state = 'building' and old.state <> 'building'
        and new.approval_id is not null)
      execute function guard_batch();

    -- Whoever becomes an administrator, or comes back as one, was approved. The operator's commands act for
    -- no person: they are how the first one comes, and the way back when all are gone.
    create function guard_administrators() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if session_user not in ('joinder_staff', 'joinder_worker')
          or (tg_op = 'INSERT' and session_user = 'joinder_staff' and actor_id() is null)
          or exists (select from approvals a where a.state = 'approved'
            and case when tg_op = 'INSERT'
              then a.kind = 'invite' and a.params::jsonb ->> 'email' = new.email
              else a.kind in ('role', 'wake', 'return') and a.object = new.id::text end)
        then
          return new;
        end if;
        raise exception 'an administrator is made by two people'
          using errcode = 'insufficient_privilege';
      end $$;
    create trigger made_by_two before insert on people
      for each row when (new.role = 'administrator') execute function guard_administrators();
    create trigger raised_by_two before update of role, state on people
      for each row when (new.role = 'administrator' and new.state in ('invited', 'active')
        and (old.role <> 'administrator' or old.state in ('asleep', 'disabled')))
      execute function guard_administrators();

    -- Data that may not go while a court or the law wants it kept. One person sets a hold, two lift it.
    create table legal_holds (
      id uuid primary key,
      matter_id uuid references matters,
      claim_id uuid references claims,
      reason text collate "C" not null,
      set_by uuid not null references people,
      set_at timestamptz not null,
      lifted_at timestamptz,
      lifted_by uuid references approvals,
      check (num_nonnulls(matter_id, claim_id) = 1),
      check ((lifted_at is null) = (lifted_by is null))
    );
    create unique index legal_holds_matter on legal_holds (matter_id)
      where lifted_at is null and matter_id is not null;
    create unique index legal_holds_claim on legal_holds (claim_id)
      where lifted_at is null and claim_id is not null;
    create index legal_holds_of_matter on legal_holds (matter_id) where matter_id is not null;
    create index legal_holds_of_claim on legal_holds (claim_id) where claim_id is not null;
    create index legal_holds_set_by on legal_holds (set_by);
    create index legal_holds_lifted_by on legal_holds (lifted_by) where lifted_by is not null;

    create function is_held(asked uuid) returns boolean
      language sql stable security definer set search_path = public, pg_temp as
      $$ select exists (select from legal_holds h where h.lifted_at is null and h.claim_id = asked)
           or exists (select from legal_holds h join claims c on c.matter_id = h.matter_id
             where h.lifted_at is null and c.id = asked) $$;

    create function guard_held() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if is_held(case when tg_table_name = 'claims' then new.id
                        else (to_jsonb(new) ->> 'claim_id')::uuid end)
        then
          raise exception 'this claim is under a legal hold' using errcode = 'check_violation';
        end if;
        return new;
      end $$;
    create trigger held before update of state on claims
      for each row when (new.state in ('expired', 'erased') and old.state <> new.state)
      execute function guard_held();
    create trigger held before update of answer on erasure_requests
      for each row when (new.answer = 'granted' and old.answer is null)
      execute function guard_held();
    -- What hurts whoever opens it, or is not there, is nothing to keep.
    create trigger held before update of state on evidence
      for each row when (new.state = 'destroyed' and old.state <> 'destroyed'
        and new.reason not in ('malware', 'lost'))
      execute function guard_held();

    create function guard_hold() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if old.lifted_at is not null
          or (new.id, new.matter_id, new.claim_id, new.reason, new.set_by, new.set_at)
            is distinct from (old.id, old.matter_id, old.claim_id, old.reason, old.set_by, old.set_at)
          or not exists (select from approvals a where a.id = new.lifted_by
            and a.kind = 'hold_lift' and a.object = new.id::text and a.state = 'approved')
        then
          raise exception 'a hold is lifted by two people' using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$;
    create trigger lifted_by_two before update on legal_holds
      for each row execute function guard_hold();
    create trigger append_only before delete on legal_holds
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on legal_holds
      for each statement execute function refuse_change();

    alter table legal_holds enable row level security;
    grant select, insert on legal_holds to joinder_staff;
    create policy staff_reads on legal_holds for select to joinder_staff
      using ((select actor_role()) in ('administrator', 'moderator'));
    create policy staff_sets on legal_holds for insert to joinder_staff
      with check (actor_role() = 'administrator' and set_by = actor_id() and lifted_at is null);
    grant select, update (lifted_at, lifted_by) on legal_holds to joinder_worker;
    create policy worker_all on legal_holds to joinder_worker using (true) with check (true);

    revoke execute on function guard_approval(), guard_batch(), guard_administrators(), guard_held(),
      guard_hold() from public;

    -- What the worker needs to carry out what was approved.
    grant insert (id, email, name, role, firm_id, language, password_hash, state, created_at)
      on people to joinder_worker;
    grant update (role, woken_at, enrol_until) on people to joinder_worker;
    grant insert on invitations to joinder_worker;
    grant select (person_id), delete on totp_factors, passkeys, recovery_codes to joinder_worker;
    grant select (person_id), delete on sessions_staff to joinder_worker;
    grant select, insert, delete on firm_networks to joinder_worker;
    create policy worker_all on firm_networks to joinder_worker using (true) with check (true);
    grant update (answered_at, answered_by, answer, reason) on erasure_requests to joinder_worker;

    create policy approvals_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('approval.asked', 'approval.approved', 'approval.refused',
        'approval.withdrawn', 'hold.set'));
    create policy approvals_worker_appends on ledger_entries for insert to joinder_worker
      with check (kind in ('approval.solo_started', 'approval.approved', 'approval.withdrawn',
        'approval.expired', 'approval.carried_out', 'approval.void', 'hold.lifted',
        'person.invited', 'person.role_changed', 'person.woken', 'person.factors_reset',
        'firm.network_added', 'firm.network_removed', 'erasure.answered'));
  `)
}
