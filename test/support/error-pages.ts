import type { Page } from 'playwright-core'
import { expectGoodPage } from './good-page'

/** A form that asks for something: where it is sent, and which of the page's forms it is. */
interface AskingForm {
  index: number
  action: string
}

const askingForms = `[...document.forms].flatMap((form, index) => {
  const asks = [...form.elements].some((element) =>
    element.matches('input[type=text], input[type=email], input[type=tel], input[type=password], input[type=date], ' +
      'input[type=search], input[type=number], input[type=radio], input[type=file], input:not([type]), select, textarea') &&
    element.checkVisibility({ visibilityProperty: true }))
  return form.method === 'post' && asks ? [{ index, action: new URL(form.action).pathname }] : []
})`

/** In the page: sends a form with nothing filled in or chosen, past what the browser itself would ask for. */
const sendEmpty = (index: number) => `(() => {
  const form = document.forms[${index}]
  for (const element of form.elements) {
    if (element.type === 'radio' || element.type === 'checkbox') element.checked = false
    else if (element.tagName === 'SELECT') element.selectedIndex = [...element.options].findIndex(({ value }) => value === '')
    else if (element.tagName === 'TEXTAREA' || element.tagName === 'INPUT' && element.type !== 'hidden') element.value = ''
  }
  form.noValidate = true
  form.requestSubmit([...form.elements].find(({ type }) => type === 'submit'))
})()`

/**
 * Sends every form of the page at `address` that asks for something with nothing in it, and looks at what comes
 * back: it has to be the form again, with what is missing told at its top, where the focus is, and beside each
 * field. `leave` are the addresses of forms that are not sent. Gives what was wrong, and what took the empty form.
 */
export async function expectErrorPages(
  page: Page,
  address: string,
  leave: (action: string) => boolean,
): Promise<string[]> {
  const faults: string[] = []
  await page.goto(address)
  const forms = (await page.evaluate(askingForms)) as AskingForm[]
  for (const { index, action } of forms.filter((form) => !leave(form.action))) {
    await page.goto(address)
    const answered = page
      .waitForResponse((answer) => answer.request().method() === 'POST', { timeout: 20_000 })
      .catch(() => null)
    await page.evaluate(sendEmpty(index))
    const status = (await answered)?.status()
    if (status !== 422) {
      faults.push(`${new URL(address).pathname}: an empty form to ${action} was answered ${status}`)
      continue
    }
    await page.locator('.govuk-error-summary').waitFor()
    await page.waitForLoadState()
    const focused = await page.evaluate(
      `document.activeElement?.matches('.govuk-error-summary') ?? false`,
    )
    if (!focused) faults.push(`${action}: the summary of errors has no focus`)
    await expectGoodPage(page).catch((error: Error) => faults.push(error.message))
  }
  return faults
}
