import type { Knex } from 'knex'

/**
 * Sessions, one table a surface, and the counters of rate limits. A session holds no personal data;
 * the counters are keyed by HMACs and may be lost in a crash, hence unlogged.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table sessions_public (
      sid text collate "C" primary key,
      sess json not null,
      expire timestamptz(6) not null
    );
    create index sessions_public_expire on sessions_public (expire);

    create table sessions_staff (
      sid text collate "C" primary key,
      sess json not null,
      expire timestamptz(6) not null,
      -- so that one statement ends a person's sessions everywhere
      person_id uuid generated always as ((sess #>> '{passport,user}')::uuid) stored
    );
    create index sessions_staff_expire on sessions_staff (expire);
    create index sessions_staff_person on sessions_staff (person_id) where person_id is not null;

    create unlogged table rate_limits (
      key text collate "C" primary key,
      points integer not null default 0,
      expire bigint
    );

    grant select, insert, update, delete on sessions_public to joinder_public;
    grant select, insert, update, delete on sessions_staff to joinder_staff;
    grant select, insert, update, delete on rate_limits to joinder_public, joinder_staff;
  `)
}
