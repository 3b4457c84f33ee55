import type { Knex } from 'knex'

/**
 * Incidents, firms, matters and claim forms: what the shipped files say, kept in the database so that
 * a claim can point at the exact form it answered. Nothing here is personal, so every login may read
 * it; only the migrator, which loads the files, may write.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table incidents (
      id uuid primary key,
      slug text collate "C" not null unique,
      content jsonb not null
    );
    create table firms (
      id uuid primary key,
      slug text collate "C" not null unique,
      content jsonb not null
    );
    create table matters (
      id uuid primary key,
      slug text collate "C" not null unique,
      incident_id uuid not null references incidents,
      firm_id uuid not null references firms,
      jurisdiction text not null check (jurisdiction in ('KR', 'US')),
      regime text not null check (regime in ('joinder', 'mediation', 'class')),
      state text not null check (state in ('open', 'closed')),
      form_version integer not null,
      content jsonb not null
    );
    create index matters_incident on matters (incident_id);
    create index matters_firm on matters (firm_id);

    -- A form is never edited: a claim keeps the version it answered.
    create table claim_forms (
      matter_id uuid not null references matters,
      version integer not null check (version > 0),
      content jsonb not null,
      primary key (matter_id, version)
    );

    grant select on incidents, firms, matters, claim_forms
      to joinder_public, joinder_staff, joinder_worker;
  `)
}
