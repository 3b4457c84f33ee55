import { join } from 'node:path'
import { renderFile } from 'ejs'
import { inContext, translator, type Language } from '../web/languages'
import { projectRoot } from '../web/views'
import type { Values } from './claim-letters'
import { mailTemplates, type MailTemplate } from './templates'

const folder = join(projectRoot, 'views', 'mail')

/** What every mail says, whatever it is about. */
export interface LetterFrame {
  language: Language
  /** the address that its links begin with */
  home: string
  /** where claimants go: the site that the mail is about, whoever it is for */
  site: string
  /** null: a demonstration, which each mail says */
  operatorName: string | null
  /** where an answer goes; null: no answer is read, and none is invited */
  operatorContact: string | null
}

/** Subject, text and HTML of a mail in one language; `values` are what its words and links need. */
export async function renderLetter(
  template: MailTemplate,
  frame: LetterFrame,
  values: Values,
): Promise<{ subject: string; text: string; html: string }> {
  const say = translator(frame.language, (key) => {
    // A mail with a hole in it is not sent; the attempt counts and shows among the mails.
    throw new Error(`no text for ${key}`)
  })
  const { context } = values
  const t = typeof context === 'string' ? inContext(say, context) : say
  const given = Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, NonNullable<Values[string]>] => !!entry[1],
    ),
  )
  const sayable = Object.entries(given).filter(
    (entry): entry is [string, string | number] => !Array.isArray(entry[1]),
  )
  const words = {
    ...Object.fromEntries(sayable),
    brand: t('layout:brand'),
    home: frame.home,
    site: frame.site,
    domain: new URL(frame.site).host,
    about: `${frame.site}/about/this-site`,
    operator: frame.operatorName ?? '',
    operatorContact: frame.operatorContact ?? '',
  }
  const locals = { t, frame, given, words, template, to: mailTemplates[template].to }
  const [text, html] = await Promise.all([
    renderFile(join(folder, `${template}.text.ejs`), locals, {
      cache: true,
      // Plain text: what is printed is what is meant.
      escape: (value: string | number) => String(value),
    }),
    renderFile(join(folder, `${template}.html.ejs`), locals, { cache: true }),
  ])
  return {
    subject: oneLine(t(`mail:${template}.subject`, words)),
    text: `${text.replace(/\n{3,}/g, '\n\n').trim()}\n`,
    html: unbroken(html, [given['number'], given['earlier'], given['contact']]),
  }
}

/** Keeps these together on one line wherever they stand between tags: a number cut at a hyphen is read wrong. */
function unbroken(html: string, values: unknown[]): string {
  const body = html.indexOf('<body')
  const kept = values
    .filter((value) => typeof value === 'string')
    .reduce(
      (text, value) =>
        text.replace(/>[^<]+</g, (between) =>
          between.replaceAll(value, `<span style="white-space:nowrap">${value}</span>`),
        ),
      html.slice(body),
    )
  return html.slice(0, body) + kept
}

/** A subject is one line of printable text, whatever a case is called. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 200)
}
