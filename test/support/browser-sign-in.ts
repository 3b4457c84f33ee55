import type { Page } from 'playwright-core'
import { freshCode, type TestAccount } from './account'
import type { TestApp } from './app'

/** Signs a person in through the pages, as they do: password, then the code of their authenticator app. */
export async function signInBrowser(
  page: Page,
  url: string,
  staff: Pick<TestApp, 'deps'>,
  { email, password }: Pick<TestAccount, 'email' | 'password'>,
): Promise<void> {
  // There before the password: who has no factor yet is led to set one up.
  await freshCode(staff, email)
  if (!page.url().includes('/sign-in')) await page.goto(`${url}/sign-in`)
  await page.locator('#email').fill(email)
  await page.locator('#password').fill(password)
  await page.locator('form[action="/sign-in"] button').click()
  await page.locator('#code').fill(await freshCode(staff, email))
  await page.locator('form[action="/sign-in/code"] button').click()
  await page.locator('a[href="/account"]').first().waitFor()
}
