import type { Knex } from 'knex'

/**
 * What members of a class file instead of a claim, or beside it, has a matter of its own, which names the case
 * (`of`). Two that contradict each other, a claim and a request to be excluded, or an objection and such a
 * request, are found by blind index: computed when it is asked for, so that it is right after every change and
 * gone with the indexes that erasure deletes.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table matters
      add column kind text not null
        generated always as (coalesce(content ->> 'kind', 'claim')) stored
        check (kind in ('claim', 'opt_out', 'objection')),
      add column case_slug text collate "C" not null
        generated always as (coalesce(content ->> 'of', slug)) stored;
    create index matters_case on matters (case_slug);

    -- Which others contradict this one, and what they share; ids alone, which row-level policies decide about.
    -- Staff may not read blind indexes, so it runs as their owner.
    create function contradicting_claims(asked uuid) returns table (claim_id uuid, shares text[])
      language sql stable security definer set search_path = public, pg_temp as $$
        select theirs.claim_id, array_agg(distinct theirs.kind order by theirs.kind)
        from blind_indexes mine
        join matters m on m.id = mine.matter_id
        join matters o on o.case_slug = m.case_slug and o.id <> m.id
          and 'opt_out' in (m.kind, o.kind)
        join blind_indexes theirs on theirs.kind = mine.kind and theirs.value = mine.value
          and theirs.matter_id = o.id
        join claims c on c.id = theirs.claim_id
        where mine.claim_id = asked and c.verified_at is not null
          and actor_sees_matter(m.id) and actor_sees_matter(o.id)
          and c.state not in ('rejected', 'duplicate', 'withdrawn', 'expired', 'erased')
        group by theirs.claim_id $$;
    revoke execute on function contradicting_claims(uuid) from public;
    grant execute on function contradicting_claims(uuid) to joinder_staff;
  `)
}
