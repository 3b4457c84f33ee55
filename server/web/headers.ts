import type { RequestHandler } from 'express'
import helmet from 'helmet'
import type { ProcessConfig } from '../config'
import { usesHttps } from './sessions'

/**
 * The headers of every answer. The content policy starts from nothing: no inline script or style, no
 * other host, no frame.
 */
export function securityHeaders(config: ProcessConfig): RequestHandler[] {
  const own = ["'self'"]
  return [
    helmet({
      contentSecurityPolicy: {
        // Without helmet's defaults: those would upgrade to https, which http://localhost has not.
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: own,
          styleSrc: own,
          imgSrc: own,
          fontSrc: own,
          connectSrc: own,
          formAction: own,
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
          requireTrustedTypesFor: ["'script'"],
        },
      },
      strictTransportSecurity: usesHttps(config) && { maxAge: 365 * 24 * 60 * 60 },
      // Addresses hold claim numbers and one-time tokens: they are told to nobody.
      referrerPolicy: { policy: 'no-referrer' },
      crossOriginOpenerPolicy: { policy: 'same-origin' },
      crossOriginResourcePolicy: { policy: 'same-origin' },
      xFrameOptions: { action: 'deny' },
    }),
    (_req, res, next) => {
      res.setHeader('Permissions-Policy', permissions)
      next()
    },
  ]
}

/** No page is kept by browser or proxy unless its route says so (`cacheSeconds`). */
export const keepNothing: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'no-store')
  next()
}

const permissions = [
  'accelerometer',
  'browsing-topics',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
]
  .map((feature) => `${feature}=()`)
  .join(', ')
