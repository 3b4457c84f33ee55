import { findWhoLooked } from '../claims/access/who-looked'
import { readClaimContent } from '../claims/claim-content'
import { countMade } from '../claims/changes/find-change'
import type { ChangeHandler } from '../claims/changes/handler'
import { appendEntry } from '../ledger/append-entry'
import { readOwnMessages } from '../messages/read-own-messages'
import { documentsCopy } from '../evidence/own-documents'
import { sealedWords } from '../households/household-words'
import { listClaimMails } from '../mail/list-claim-mails'
import { queueMail } from '../mail/queue-mail'
import { filedAs } from '../matters/filed-as'
import type { Answer, Lang, Question } from '../matters/form-schema'
import { notesCopy } from '../notes/read-notes'
import { describeAnswer } from '../matters/forms/describe-answer'
import { allQuestions } from '../matters/forms/parse-form'
import { findClaimForm, findMatterById } from '../matters/list-matters'
import { translator } from '../web/languages'
import { copyKeyOf, putCopy } from '../vault/claimant-copies'
import type { DataCopy, DataVersion } from './data-content'
import { dataLinkToken } from './data-link'

const dayMs = 24 * 60 * 60 * 1000

/** An answer in words; of an account all digits, for they are the person's own. */
function inFull(question: Question, answer: Answer | undefined, lang: Lang): string {
  const whole = question.type === 'account_number' && typeof answer === 'string'
  return whole ? answer : describeAnswer(question, answer, lang)
}

/**
 * Makes a copy of all that is kept of a person in a claim (PIPA 35; 35-2 for the file), sealed to the token
 * of a link that is mailed to them: the public surface opens it only while somebody presents that link.
 */
export const prepareDataCopy: ChangeHandler<'data_copy'> = async (deps, change) => {
  const { db, vault, config } = deps
  const { claim } = change
  const form = await findClaimForm(db, claim.matter_id, claim.form_version)
  const matter = await findMatterById(db, claim.matter_id)
  if (!form || !matter) throw new Error('a claim names a matter or a form that is not stored')
  const opened = await vault.openVersions(claim.id, {
    actor: { kind: 'job', job: 'apply-change', run: change.run },
    purpose: 'data_copy',
  })
  // All there is: what a page shows of a long history is cut, what somebody is owed is not.
  const most = config.limits.dataCopyRows
  const reading = { ...deps, config: { limits: { threadMessages: most } } }
  const written = await readOwnMessages(reading, [claim.id], {
    job: 'apply-change',
    run: change.run,
  })
  const opening = await vault.beginOpening([claim.id], {
    actor: { kind: 'job', job: 'apply-change', run: change.run },
    purpose: 'data_copy',
  })
  const { documents } = await documentsCopy(opening, claim.id)
  const notes = await notesCopy({ db, opening }, claim.id)
  const lang = claim.language
  const titles = new Map(matter.content.consents.map(({ id, title }) => [id, title[lang]]))
  const versions = opened.map(({ version, answers }): DataVersion => {
    const content = readClaimContent(answers)
    return {
      version,
      answers: [
        ...allQuestions(form).flatMap((question) => {
          const answer = inFull(question, content.answers[question.id], lang)
          return answer === '' ? [] : [{ question: question.label[lang], answer }]
        }),
        ...(content.household
          ? sealedWords(content.household, translator(lang)).map(({ key, text }) => ({
              question: key,
              answer: text,
            }))
          : []),
        ...(content.notice
          ? [{ question: translator(lang)('notices:id'), answer: content.notice.id }]
          : []),
      ],
      consents: content.consents.map((one) => ({
        title: titles.get(one.id) ?? one.id,
        version: one.version,
        given: one.given,
        at: one.at,
      })),
      signature: { text: content.signature.text, at: content.signature.at },
    }
  })

  return async (tx, now, locked) => {
    const since = new Date(change.at.getTime() - dayMs)
    const earlier = await countMade(tx, claim.id, 'data_copy', since)
    if (earlier >= config.limits.dataCopies) return 'too_often'
    const to = copyKeyOf(dataLinkToken(deps, change.id))!
    const { content: looked } = await findWhoLooked(tx, now, claim.id, most)
    const mails = await listClaimMails(tx, claim.id, most)
    const copy: DataCopy = {
      format: 'joinder-data/1',
      language: lang,
      madeAt: now.toISOString(),
      claim: {
        number: claim.number,
        matter: matter.content.title[lang],
        firm: matter.firm.content.name[lang],
        state: locked.state,
        filedAt: claim.filed_at.toISOString(),
        filedAs: filedAs(matter),
      },
      versions: versions.toReversed(),
      messages: written.get(claim.id)!.content.messages,
      notes,
      documents: documents.map(({ name, sha256 }) => ({ name, sha256 })),
      mails: mails.map(({ template, state, at }) => ({
        kind: template,
        state,
        at: at.toISOString(),
      })),
      looked,
    }
    await putCopy(tx, now, to, { kind: 'data', claimId: claim.id, content: copy })
    await appendEntry(tx, now, {
      kind: 'data.copied',
      claimId: claim.id,
      private: { change: change.id, versions: versions.length },
    })
    await queueMail(tx, {
      template: 'data-ready',
      claimId: claim.id,
      subjectId: change.id,
      language: lang,
      at: now,
    })
    return null
  }
}
