import type { Page } from 'playwright-core'
import { expectGoodPage } from './good-page'

/**
 * What a person can see to press or fill in: links by address, forms by method and address, fields by name. Not the
 * button for a passkey, which is an interface of scripts: who runs none has the password and the code.
 */
const offers = `(() => {
  const seen = (element) => element.checkVisibility({ visibilityProperty: true })
  const links = [...document.querySelectorAll('a[href]')].filter(seen)
    .map(({ pathname, search, hash }) => 'link ' + pathname + search + hash)
  const fields = [...document.querySelectorAll('form:not([data-passkey])')].flatMap((form) => {
    const address = form.getAttribute('method') + ' ' + (form.getAttribute('action') ?? '')
    return [...form.elements].filter(seen).map(({ tagName, name, value, type }) =>
      tagName === 'BUTTON' ? 'button ' + address + ' ' + name + value : 'field ' + address + ' ' + name)
  })
  return [...new Set([...links, ...fields])]
})()`

/**
 * Fails where scripts show something to press or to fill in that the same page does not show without them. `bare`: the
 * page of a browser without scripts, which this leads to the same address with the same session.
 */
export async function expectSameWithoutScripts(page: Page, bare: Page): Promise<void> {
  await bare.context().addCookies(await page.context().cookies())
  await bare.goto(page.url())
  await expectGoodPage(bare)
  const [withScripts, without] = await Promise.all([page.evaluate(offers), bare.evaluate(offers)])
  const missing = (withScripts as string[]).filter((one) => !(without as string[]).includes(one))
  if (missing.length > 0) {
    throw new Error(`${page.url()} without scripts has no\n${missing.join('\n')}`)
  }
}
