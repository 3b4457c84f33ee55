/**
 * Every page works without this file. It adds comfort: counting characters, hiding questions that do
 * not apply, copying, tidying numbers when a field is left (never on Enter or while typing: Korean
 * input composes with both), watching what is being made, and telling a deadline in the reader's own time.
 */
import { Button } from 'govuk-frontend/dist/govuk/components/button/button.mjs'
import { CharacterCount } from 'govuk-frontend/dist/govuk/components/character-count/character-count.mjs'
import { ErrorSummary } from 'govuk-frontend/dist/govuk/components/error-summary/error-summary.mjs'
import { SkipLink } from 'govuk-frontend/dist/govuk/components/skip-link/skip-link.mjs'
import { conditionalQuestions, standAloneChoice } from './choices'
import { copyButtons } from './copy'
import { fontsForTypedText } from './fonts'
import { tidyWhenLeft } from './formats'
import { localTimes } from './local-times'
import { watchProgress } from './progress'
import { sendOnce } from './send-once'
import { waitForAnswer } from './wait'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')

const modules = [
  ['govuk-button', Button],
  ['govuk-character-count', CharacterCount],
  ['govuk-error-summary', ErrorSummary],
  ['govuk-skip-link', SkipLink],
] as const
for (const [name, Module] of modules) {
  for (const element of document.querySelectorAll(`[data-module="${name}"]`)) new Module(element)
}

conditionalQuestions()
standAloneChoice()
copyButtons()
tidyWhenLeft()
sendOnce()
watchProgress()
waitForAnswer()
localTimes()
fontsForTypedText()
