import type { RequestHandler } from 'express'
import type { AppDeps } from './deps'
import { usesHttps } from './sessions'

/**
 * Says once what is wrong with the way requests arrive: a proxy in front without TRUST_PROXY, so that
 * all visitors share its address and one rate limit; or a site that people reach by https while
 * requests look like http, so that Secure cookies cannot be set and every form would look expired.
 */
export function warnOfProxy({ config, log }: AppDeps): RequestHandler {
  let unaskedTold = config.trustProxy !== false
  let plainTold = !usesHttps(config)
  return (req, _res, next) => {
    if (!unaskedTold && req.headers['x-forwarded-for'] !== undefined) {
      unaskedTold = true
      log.warn('X-Forwarded-For arrives but TRUST_PROXY is not set: all visitors count as one')
    }
    if (!plainTold && !req.secure) {
      plainTold = true
      log.warn(
        'the address of this site is https but requests arrive as http, so cookies cannot be set: ' +
          'set TRUST_PROXY and let the proxy send X-Forwarded-Proto',
      )
    }
    next()
  }
}
