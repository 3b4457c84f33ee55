import type { Knex } from 'knex'

/**
 * News of a case, for its claimants and whoever reads about it: in both languages, plain text, public.
 * What was published is not edited; it can only be withdrawn, and the record keeps what it said by its hash.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table news (
      id uuid primary key,
      matter_id uuid not null references matters,
      title_ko text not null check (title_ko <> ''),
      title_en text not null check (title_en <> ''),
      text_ko text not null check (text_ko <> ''),
      text_en text not null check (text_en <> ''),
      posted_by uuid not null references people,
      -- whose counsel posted it; null: an administrator
      firm_id uuid references firms,
      published_at timestamptz not null,
      withdrawn_at timestamptz,
      withdrawn_by uuid references people,
      check ((withdrawn_at is null) = (withdrawn_by is null))
    );
    create index news_matter on news (matter_id, published_at, id);
    create index news_newest on news (published_at, id);
    create index news_posted_by on news (posted_by);
    create index news_firm on news (firm_id) where firm_id is not null;
    create index news_withdrawn_by on news (withdrawn_by) where withdrawn_by is not null;

    create function news_is_kept() returns trigger language plpgsql as $$
      begin
        if old.withdrawn_at is not null or
          (to_jsonb(new) - 'withdrawn_at' - 'withdrawn_by')
            <> (to_jsonb(old) - 'withdrawn_at' - 'withdrawn_by') then
          raise exception 'news is append-only' using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$;
    create trigger append_only before update on news
      for each row execute function news_is_kept();
    create trigger append_only_rows before delete on news
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on news
      for each statement execute function refuse_change();

    alter table news enable row level security;
    grant select (id, matter_id, title_ko, title_en, text_ko, text_en, firm_id, published_at, withdrawn_at)
      on news to joinder_public;
    grant select, insert on news to joinder_staff;
    grant update (withdrawn_at, withdrawn_by) on news to joinder_staff;
    create policy public_reads on news for select to joinder_public using (withdrawn_at is null);
    -- Who posts is looked up once a query, not once a row.
    create policy staff_reads on news for select to joinder_staff using (
      (select actor_role()) in ('administrator', 'counsel')
      and matter_id in (select m.id from matters m where actor_sees_matter(m.id)));
    create policy staff_posts on news for insert to joinder_staff with check (
      posted_by = actor_id() and withdrawn_at is null and actor_sees_matter(matter_id)
      and case actor_role()
        when 'administrator' then firm_id is null
        when 'counsel' then firm_id = (select m.firm_id from matters m where m.id = matter_id)
        else false end);
    create policy staff_withdraws on news for update to joinder_staff
      using ((select actor_role()) in ('administrator', 'counsel')
        and matter_id in (select m.id from matters m where actor_sees_matter(m.id)))
      with check (withdrawn_by = actor_id());

    create policy news_staff_appends on ledger_entries for insert to joinder_staff
      with check (kind in ('news.posted', 'news.withdrawn'));
  `)
}
