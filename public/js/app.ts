/**
 * Every page works without this file. It adds comfort: counting characters, hiding questions that do
 * not apply, copying, tidying numbers when a field is left (never on Enter or while typing: Korean
 * input composes with both), and watching a delivery being made.
 */
import { Button } from 'govuk-frontend/dist/govuk/components/button/button.mjs'
import { CharacterCount } from 'govuk-frontend/dist/govuk/components/character-count/character-count.mjs'
import { ErrorSummary } from 'govuk-frontend/dist/govuk/components/error-summary/error-summary.mjs'
import { SkipLink } from 'govuk-frontend/dist/govuk/components/skip-link/skip-link.mjs'
import { conditionalQuestions, standAloneChoice } from './choices'
import { copyButtons } from './copy'
import { fontsForTypedText } from './fonts'
import { tidyWhenLeft } from './formats'
import { watchProgress } from './progress'
import { sendOnce } from './send-once'

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
fontsForTypedText()
