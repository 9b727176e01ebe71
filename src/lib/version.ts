/** The version of this build. A test keeps it equal to package.json's, which no edge host could read. */
export const VERSION = '0.1.0'
