import type { Knex } from 'knex'

/**
 * People who sign in on the staff surface: administrators, moderators, and counsel of a firm.
 * Claimants never have an account, so the public login has no right here at all.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table people (
      id uuid primary key,
      email text collate "C" not null unique check (email = lower(email)),
      name text not null,
      role text not null check (role in ('administrator', 'moderator', 'counsel')),
      firm_id uuid references firms,
      language text not null check (language in ('ko', 'en')),
      -- argon2id, PHC string; null until the invitation is taken up
      password_hash text,
      -- asleep: not used for a quarter, until an administrator wakes it; disabled: ended for good
      state text not null check (state in ('invited', 'active', 'asleep', 'disabled')),
      created_at timestamptz not null,
      last_signed_in_at timestamptz,
      woken_at timestamptz,
      -- until then the password alone leads to where a first second factor is set up, and nowhere else
      enrol_until timestamptz,
      check ((role = 'counsel') = (firm_id is not null))
    );
    create index people_firm on people (firm_id) where firm_id is not null;

    -- The token is derived by the worker when it mails the invitation; only its hash is kept.
    create table invitations (
      id uuid primary key,
      person_id uuid not null references people,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      token_hash bytea unique,
      consumed_at timestamptz
    );
    create index invitations_person on invitations (person_id);

    grant select, insert on people to joinder_staff;
    grant update (password_hash, state, last_signed_in_at, language, role, woken_at, enrol_until)
      on people to joinder_staff;
    grant select (id, email, name, role, firm_id, language, state, created_at, last_signed_in_at, woken_at)
      on people to joinder_worker;
    grant update (state) on people to joinder_worker;
    grant select, insert on invitations to joinder_staff;
    grant update (consumed_at) on invitations to joinder_staff;
    grant select on invitations to joinder_worker;
    grant update (token_hash) on invitations to joinder_worker;

    -- Who acts is set for one transaction by asActor(); the row-level policies below ask it.
    -- Security definer, so that a policy can look a person up whatever the login may read.
    create function actor_id() returns uuid language sql stable as
      $$ select nullif(current_setting('joinder.actor', true), '')::uuid $$;

    create function actor_role() returns text
      language sql stable security definer set search_path = public, pg_temp as
      $$ select role from people where id = actor_id() and state = 'active' $$;

    -- Administrators and moderators see every matter, counsel those of their firm, nobody none.
    create function actor_firm() returns uuid
      language sql stable security definer set search_path = public, pg_temp as
      $$ select p.firm_id from people p where p.id = actor_id() and p.state = 'active' $$;
    create function actor_sees_matter(asked uuid) returns boolean
      language sql stable security definer set search_path = public, pg_temp as
      $$ select exists (
           select 1 from people p
           where p.id = actor_id() and p.state = 'active'
             and (p.role in ('administrator', 'moderator')
               or p.firm_id = (select m.firm_id from matters m where m.id = asked))) $$;
  `)
}
