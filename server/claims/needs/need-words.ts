import type { ClaimForm, Lang, Question } from '../../matters/form-schema'
import { allQuestions } from '../../matters/forms/parse-form'
import type { Matter } from '../../matters/matter-file'
import { translator } from '../../web/languages'
import type { NeedKind } from './need-kinds'

export interface NeedWords {
  label: string
  hint?: string
}

/** What a need is called; null when case and form do not know it any more, or it has words of its own (`confirm`). */
export function needWords(
  { kind, ref }: { kind: NeedKind; ref: string },
  of: { matter: Matter; form: ClaimForm },
  lang: Lang,
): NeedWords | null {
  if (kind === 'answer') {
    const question = allQuestions(of.form).find(({ id }) => id === ref)
    return question ? { label: question.label[lang] } : null
  }
  if (kind === 'signature' && (ref === 'papers' || ref === 'guardian')) {
    const t = translator(lang)
    return { label: t(`needs:${ref}.label`), hint: t(`needs:${ref}.hint`) }
  }
  const rule = of.matter.content.needs.find((one) => one.kind === kind && one.ref === ref)
  // A matter may have words of its own for what heirs show.
  if (!rule && kind === 'document' && (ref === 'family' || ref === 'death')) {
    const t = translator(lang)
    return { label: t(`households:need.${ref}.label`), hint: t(`households:need.${ref}.hint`) }
  }
  if (!rule || rule.kind === 'answer') return null
  return { label: rule.label[lang], ...(rule.hint && { hint: rule.hint[lang] }) }
}

/**
 * A question together with those that some answers to it call for: what has to be asked so that nothing is
 * missing afterwards. The first is asked whatever it hangs on itself, and must be answered.
 */
export function questionsOfNeed(form: ClaimForm, ref: string): Question[] {
  const asked = new Set<string>()
  return allQuestions(form).flatMap((question): Question[] => {
    const { id, when } = question
    if (id === ref) {
      asked.add(id)
      const { when: _always, ...free } = question
      return [{ ...free, required: true } as Question]
    }
    if (!when || !asked.has(when.question)) return []
    asked.add(id)
    return [question]
  })
}
