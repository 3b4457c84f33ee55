import { blocksOf } from '../matters/document-template'
import type { Answers, ClaimForm, Lang, QuestionRole } from '../matters/form-schema'
import { dayIn } from '../matters/forms/date'
import { describeAnswer } from '../matters/forms/describe-answer'
import { allQuestions, questionWithRole } from '../matters/forms/parse-form'
import type { Matter, MatterDocument } from '../matters/matter-file'
import { translator } from '../web/languages'
import type { Place, ShownText, SignedDocument } from './pack-content'
import { showDay } from '../web/show-moment'

export interface FillWith {
  answers: Answers
  /** the form they answer; the matter's own when not said */
  form?: ClaimForm
  place: Place | null
  /** the moment of signing */
  at: Date
  /** of the reader; a document that binds in the other language is shown in both */
  language: Lang
  /** who inherits of the person whose name was answered, and signs */
  heir?: string | undefined
}

/** What a matter has people sign, by id and version, sorted: `fee_agreement@1,power_of_attorney@1`. */
export function documentsKey(matter: Matter): string {
  return matter.content.documents
    .map(({ id, version }) => `${id}@${version}`)
    .sort()
    .join(',')
}

/** What the papers of a claim must be for, to be complete today; as the database keeps it. */
export function authorityKey(matter: Matter): string {
  return `${matter.firm.id} ${documentsKey(matter)}`
}

/** Whether where a person signs decides about the text. */
export function asksPlace(matter: Matter): boolean {
  return matter.content.documents.some(({ oath }) => oath !== undefined)
}

/** The documents of a matter with a person's details in them, word for word as they are shown and signed. */
export function fillDocuments(matter: Matter, filling: FillWith): SignedDocument[] {
  const { language } = filling
  return matter.content.documents.map((document) => {
    const { id, version, kind, language: own } = document
    return {
      id,
      version,
      kind,
      binding: fill(document, own, matter, filling),
      translation: language === own ? null : fill(document, language, matter, filling),
    }
  })
}

function fill(
  { title, text, oath }: MatterDocument,
  lang: Lang,
  matter: Matter,
  { answers, form = matter.form, place, at, heir }: FillWith,
): ShownText {
  const { content, firm } = matter
  const facts: Record<string, string> = {
    matter: content.title[lang],
    forum: content.forum[lang],
    firm: firm.content.name[lang],
    firm_city: firm.content.city[lang],
    date: showDay(dayIn(content.timeZone, at), lang),
    oath: oath && place ? oath[place][lang] : '',
  }
  const valueOf = (name: string): string => {
    const fact = facts[name]
    // The words of an oath hold a date themselves.
    if (fact !== undefined) return fact.replaceAll('{{date}}', facts['date']!)
    const question = name.startsWith('answer.')
      ? allQuestions(form).find(({ id }) => id === name.slice(7))
      : questionWithRole(form, name as QuestionRole)
    if (!question) return ''
    const told = describeAnswer(question, answers[question.id], lang)
    const text = heir === undefined ? told : asHeir(lang, question.role, told, heir)
    // A list of trades has a line for each; in anything else a line end would be the person's own.
    return question.type === 'trades' ? text : text.replaceAll('\n', ' ')
  }
  return { language: lang, title: title[lang], blocks: blocksOf(text[lang], valueOf) }
}

/** Who has died is party to nothing: the heir is, and the birth date beside the name is not theirs. */
function asHeir(lang: Lang, role: QuestionRole | undefined, text: string, heir: string): string {
  if (text === '' || (role !== 'name' && role !== 'birth_date')) return text
  return translator(lang)(`households:paper.${role}`, { text, heir })
}
