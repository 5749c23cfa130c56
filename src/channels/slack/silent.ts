// A logger for Slack's libraries that says nothing: what fails is told by results, and their lines come near to tokens.
import { LogLevel, type Logger } from '@slack/web-api';

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};
