import request from 'supertest'
import { asActor } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import type { Person } from '../../server/web/person'
import { openDesk, type Desk } from '../moderation/desk'
import { createTestApp, csrfFrom, postForm, type Agent, type TestApp } from '../support/app'
import { makeFirm } from '../support/firm'

let desk: Desk
let site: TestApp
let own: Person
let rival: Person
let counsel: Agent
let matterId: string

beforeAll(async () => {
  desk = await openDesk()
  site = createTestApp({ surface: 'public', database: desk.database })
  const matter = await desk.database.db
    .superuser('matters')
    .where({ slug: 'test-breach' })
    .first('id', 'firm_id')
  matterId = matter.id as string
  own = await desk.person('counsel', '이도윤', matter.firm_id as string)
  rival = await desk.person('counsel', '상대', await makeFirm(desk.database, 'other-firm'))
  counsel = await desk.signedIn(own)
})
afterAll(() => desk.close())

const texts = {
  title_ko: '첫 변론이 열립니다',
  title_en: 'The first hearing is set',
  text_ko: '첫 줄 <b>굵게</b>\n둘째 줄\n\n둘째 문단',
  text_en: 'First line <b>bold</b>\nsecond line\n\nsecond paragraph',
}

/** Sends one of the forms with the token of the page where writing begins. */
async function send(agent: Agent, path: string, fields: object) {
  return postForm(agent, path, fields as Record<string, unknown>, { from: '/news/new' })
}

async function post(agent: Agent, change: Partial<typeof texts> = {}): Promise<string> {
  const id = newId()
  const answer = await send(agent, '/news', { id, matter: matterId, ...texts, ...change })
  expect(answer.headers['location']).toBe('/news?posted')
  return id
}

const read = (path: string, lang: 'ko' | 'en') =>
  request(site.app)
    .get(path)
    .set({ Accept: 'text/html', Cookie: `lang=${lang}` })
const entries = async (kind: string, id: string) => {
  const rows = await desk.database.db
    .superuser('ledger_entries as e')
    .join('ledger_private as p', 'p.entry_id', 'e.id')
    .where('e.kind', kind)
    .select('p.private')
  return rows.map((row) => JSON.parse(row.private)).filter(({ news }) => news === id)
}

test('counsel writes in both languages, looks at it, publishes it once; everyone reads it as it was typed', async () => {
  const started = await counsel.get('/news/new').set('Accept', 'text/html')
  const id = /name="id" value="([^"]+)"/.exec(started.text)![1]!
  const written = { id, matter: matterId, ...texts }
  const preview = await send(counsel, '/news/preview', written)
  expect(preview.text).toContain('첫 변론이 열립니다')
  expect(preview.text).toContain('The first hearing is set')
  expect(preview.text).toContain('First line &lt;b&gt;bold&lt;/b&gt;')
  expect(await desk.database.db.superuser('news')).toEqual([])
  // Going back changes nothing and loses nothing.
  expect((await send(counsel, '/news/edit', written)).text).toContain('둘째 문단')
  await send(counsel, '/news', written)
  await send(counsel, '/news', written)
  expect(await entries('news.posted', id)).toMatchObject([
    { person: own.id, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ])

  for (const [lang, title, lines] of [
    ['ko', texts.title_ko, /첫 줄 &lt;b&gt;굵게&lt;\/b&gt;<br>둘째 줄<\/p>\s*<p[^>]*>둘째 문단/],
    [
      'en',
      texts.title_en,
      /First line &lt;b&gt;bold&lt;\/b&gt;<br>second line<\/p>\s*<p[^>]*>second/,
    ],
  ] as const) {
    const news = await read('/matters/test-breach/news', lang)
    expect(news.text).toMatch(lines)
    expect(news.text).not.toContain('이도윤')
    const matter = await read('/matters/test-breach', lang)
    expect(matter.text).toContain(title)
    // Titles only there.
    expect(matter.text).not.toMatch(lines)
    for (const page of [news, matter]) {
      expect(page.headers['cache-control']).toBe('public, max-age=60')
    }
  }
  expect((await read('/matters/test-breach/news', 'ko')).text).toContain('시험법무법인')
})

test('the page of a case shows the newest three, and the rest is one link away', async () => {
  for (const n of [1, 2, 3]) await post(counsel, { title_ko: `소식 ${n}`, title_en: `News ${n}` })
  const matter = (await read('/matters/test-breach', 'en')).text
  expect(matter).toMatch(/News 3[\s\S]*News 2[\s\S]*News 1/)
  expect(matter).not.toContain(texts.title_en)
  expect(matter).toContain('href="/matters/test-breach/news"')
  expect((await read('/matters/test-breach/news', 'en')).text).toContain(texts.title_en)
})

test('what was withdrawn is shown to nobody any more, and the record keeps both', async () => {
  const id = await post(counsel, { title_ko: '틀린 소식', title_en: 'Wrong news' })
  const withdraw = () => postForm(counsel, `/news/${id}/withdraw`, {}, { from: '/news' })
  await withdraw()
  await withdraw()
  expect(await entries('news.withdrawn', id)).toMatchObject([{ person: own.id }])
  for (const path of ['/matters/test-breach', '/matters/test-breach/news']) {
    expect((await read(path, 'en')).text).not.toContain('Wrong news')
  }
  expect((await counsel.get('/news').set('Accept', 'text/html')).text).toContain('게시 중단됨')
  const rows = await desk.database.db.public('news').where({ id }).select('id')
  expect(rows).toEqual([])
})

test('one language is not enough, nor an identity number allowed; what was typed is kept', async () => {
  const fields = { id: newId(), matter: matterId, ...texts }
  const half = await send(counsel, '/news/preview', { ...fields, text_en: ' ' })
  expect(half.status).toBe(422)
  expect(half.text).toContain('두 언어가 모두 필요합니다')
  expect(half.text).toContain('둘째 문단')
  const number = await send(counsel, '/news', { ...fields, text_ko: '홍길동 850304-1234567' })
  expect(number.status).toBe(422)
  expect(number.text).not.toContain('1234567')
  const long = await send(counsel, '/news', { ...fields, title_en: 'x'.repeat(121) })
  expect(long.status).toBe(422)
  const expired = await counsel
    .post('/news')
    .type('form')
    .send({ ...fields, _csrf: 'x' })
  expect(expired.status).toBe(403)
  expect(expired.text).toContain('둘째 문단')
  expect(await desk.database.db.superuser('news').where({ id: fields.id })).toEqual([])
})

test('a firm posts about its own matters, administrators about all, moderators about none', async () => {
  const other = await desk.signedIn(rival)
  expect((await other.get('/news').set('Accept', 'text/html')).text).not.toContain('소식 3')
  const id = newId()
  const form = await counsel.get('/news/new').set('Accept', 'text/html')
  expect(csrfFrom(form.text)).toBeTruthy()
  // The rival's firm has no case, so that there is no form; what is sent all the same is refused.
  expect((await other.get('/news/new').set('Accept', 'text/html')).status).toBe(404)
  const administrator = await desk.signedIn(await desk.person('administrator', '한서연'))
  await post(administrator, { title_ko: '운영자 소식', title_en: 'From the portal' })
  const news = (await read('/matters/test-breach/news', 'en')).text
  expect(news).toMatch(/From the portal[\s\S]*?· Joinder/)
  const moderator = await desk.signedIn(await desk.person('moderator', '정민호'))
  expect((await moderator.get('/news').set('Accept', 'text/html')).status).toBe(403)
  expect(await desk.database.db.superuser('news').where({ id })).toEqual([])
})

test('the database itself refuses other firms, false names, and any change but a withdrawal', async () => {
  const { staff, superuser, public: open } = desk.database.db
  const moderator = await desk.person('moderator', '김중재')
  const insert = (actor: Person, change: object = {}) =>
    asActor(staff, actor.id, (tx) =>
      tx('news').insert({
        id: newId(),
        matter_id: matterId,
        ...texts,
        posted_by: actor.id,
        firm_id: actor.firmId,
        published_at: new Date(),
        ...change,
      }),
    )
  const denied = { code: '42501' }
  await expect(insert(rival)).rejects.toMatchObject(denied)
  await expect(insert(rival, { firm_id: own.firmId })).rejects.toMatchObject(denied)
  await expect(insert(moderator)).rejects.toMatchObject(denied)
  await expect(insert(own, { posted_by: rival.id })).rejects.toMatchObject(denied)
  await expect(insert(own, { firm_id: null })).rejects.toMatchObject(denied)
  const withdrawal = (actor: Person) => ({ withdrawn_at: new Date(), withdrawn_by: actor.id })
  const update = (actor: Person) =>
    asActor(staff, actor.id, (tx) => tx('news').whereNull('withdrawn_at').update(withdrawal(actor)))
  expect([await update(rival), await update(moderator)]).toEqual([0, 0])
  await expect(superuser('news').update({ title_ko: '다른 말' })).rejects.toThrow('append-only')
  await expect(superuser('news').delete()).rejects.toThrow('append-only')
  await expect(open('news').select('posted_by')).rejects.toMatchObject(denied)
  await expect(open('news').insert({ id: newId() })).rejects.toMatchObject(denied)
})
