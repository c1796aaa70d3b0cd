/** The version of this package; a test compares it with package.json. A constant, so that bundlers find it. */
export const version = '0.1.0'
