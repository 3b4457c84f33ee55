import { mailTemplates, type MailTemplate } from '../../server/mail/templates'
import { languages } from '../../server/web/languages'
import { sampleLetter, sampleOf, sampleSite, sampleStaffSite } from '../support/sample-letters'

/** Every mail in both languages: what each of them promises to whoever wonders whether it is real. */
const all = (Object.keys(mailTemplates) as MailTemplate[]).flatMap((template) =>
  languages.map((language) => [template, language] as const),
)

const addressesIn = (text: string) => text.match(/https?:\/\/[^\s"'<>]+/g) ?? []
/** What a person reads of it. */
const shown = (html: string) =>
  html
    .slice(html.indexOf('<body'))
    .replace(/<\/?(wbr|span)[^>]*>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&nbsp;', ' ')
    .replace(/\s+/g, ' ')

test.each(all)('%s in %s loads nothing, counts nothing, asks for nothing', async (...which) => {
  const { html, subject } = await sampleLetter(...which)
  expect(html).not.toMatch(/<(img|script|link|iframe|form|input|video|object|svg)|url\(|@import/i)
  expect(html).not.toMatch(/\sbackground=|\son\w+=/i)
  expect(subject).toMatch(/^\[Joinder\] /)
  // Long mails are cut off by some programs, together with what says that they are ours.
  expect(Buffer.byteLength(html)).toBeLessThan(20_000)
})

test.each(all)(
  '%s in %s has links to our own addresses alone, each to be read',
  async (...which) => {
    const { html, text } = await sampleLetter(...which)
    const [template] = which
    const own =
      mailTemplates[template].to === 'person' ? [sampleSite, sampleStaffSite] : [sampleSite]
    const hosts = [...addressesIn(html), ...addressesIn(text)].map((one) => new URL(one).origin)
    expect([...new Set(hosts)].toSorted()).toEqual(own.toSorted())
    const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href!)
    expect(links).toContain(`${sampleSite}/about/this-site`)
    for (const href of links) {
      expect(shown(html)).toContain(href)
      expect(text).toContain(href)
    }
  },
)

test.each(all)(
  '%s in %s says what it is about, why it came and what we never ask',
  async (...which) => {
    const [template, language] = which
    const { html, text } = await sampleLetter(...which)
    const { number, matter, batch } = sampleOf(template, language)
    const said = {
      ko: ['안녕하세요.', '보내 드린 메일입니다', '주민등록번호', '시연용입니다', '정부 기관이'],
      en: [
        'Hello,',
        'You get this email because',
        'an identity number',
        'demonstration',
        'government',
      ],
    }[language]
    for (const part of [shown(html), text]) {
      for (const words of [...said, number, matter, batch].filter((words) => words !== undefined)) {
        expect(part).toContain(`${words as string | number}`)
      }
      expect(part).toContain('joinder.example')
      expect(part).not.toMatch(/\{\{|undefined|\bnull\b/)
    }
  },
)

test.each(all)('%s in %s says the same as text and as HTML', async (...which) => {
  const { html, text } = await sampleLetter(...which)
  // The text has a link where HTML has a button.
  const words = shown(html)
  const sentences = text
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) =>
        line !== '' && line !== '--' && !/^(아래 링크를 여신|Open the link below, then)/.test(line),
    )
  for (const line of sentences) {
    // Name and value stand under each other there.
    const [name, ...value] = line.includes('://') ? [line] : line.split(': ')
    for (const piece of [name!, value.join(': ')]) {
      // Spaces that do not break are spaces.
      expect(words).toContain(piece.replace(/ \(joinder\.example\)$/, '').replace(/\s+/g, ' '))
    }
  }
})

test('a named operator and contact stand in every mail', async () => {
  const frame = { operatorName: 'Hanbit Claims', operatorContact: 'help@joinder.example' }
  for (const [template, language] of all) {
    const { html, text } = await sampleLetter(template, language, frame)
    for (const part of [html, text]) {
      expect(part).toContain('Hanbit Claims')
      expect(part).toContain('help@joinder.example')
      expect(part).not.toMatch(/시연용|demonstration/)
    }
  }
})
