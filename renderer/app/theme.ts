// The look: petrol on paper or ink, amber for what is live. One radius family, one type scale, figures of equal width.

import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const petrol: MantineColorsTuple = [
  '#e8f6f5',
  '#d0ebe9',
  '#a3d8d4',
  '#71c3bd',
  '#45b0a9',
  '#259a93',
  '#12827c',
  '#0b6b67',
  '#075551',
  '#043f3c',
];

const gray: MantineColorsTuple = [
  '#f6f8f7',
  '#eef2f1',
  '#e2e8e6',
  '#d2dad8',
  '#b5c0be',
  '#84918f',
  '#5a6867',
  '#475453',
  '#313b3a',
  '#1d2524',
];

const dark: MantineColorsTuple = [
  '#d9e0df',
  '#b9c3c2',
  '#94a1a1',
  '#6c7a7b',
  '#3b4648',
  '#2c3537',
  '#222a2c',
  '#181f21',
  '#12181a',
  '#0c1112',
];

const FONT =
  "'Inter Variable', 'Noto Sans SC Variable', system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', sans-serif";

export const theme = createTheme({
  colors: { petrol, gray, dark },
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.32,
  black: '#1d2524',
  fontFamily: FONT,
  fontFamilyMonospace:
    "ui-monospace, 'Cascadia Code', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: '12.5px', sm: '13.5px', md: '14.5px', lg: '17px', xl: '20px' },
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '6px', md: '10px', lg: '14px', xl: '20px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  headings: {
    fontFamily: FONT,
    fontWeight: '640',
    sizes: {
      h1: { fontSize: '26px', lineHeight: '1.25' },
      h2: { fontSize: '19px', lineHeight: '1.35' },
      h3: { fontSize: '16px', lineHeight: '1.4' },
      h4: { fontSize: '14px', lineHeight: '1.45' },
    },
  },
  components: {
    Modal: {
      defaultProps: { radius: 'lg', overlayProps: { backgroundOpacity: 0.45 } },
      styles: {
        content: { background: 'var(--dipnet-surface)' },
        header: { background: 'var(--dipnet-surface)' },
        title: { fontSize: '17px', fontWeight: 640 },
      },
    },
    // Something to know; what went wrong says so itself, with the role of an alert.
    Alert: { defaultProps: { role: 'note' } },
    Badge: { defaultProps: { tt: 'none' } },
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true } },
    Button: { defaultProps: { radius: 'md' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'lg' } },
    Skeleton: { defaultProps: { radius: 'md' } },
  },
});

/** Colours with a meaning of their own; every text and fill pair has a contrast of at least 4.5 : 1. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    '--dipnet-rail-width': '212px',
    '--dipnet-header-height': '58px',
    '--dipnet-status-height': '34px',
  },
  light: {
    '--mantine-color-body': '#f6f8f7',
    '--mantine-color-dimmed': '#55625f',
    '--mantine-color-placeholder': '#677472',
    '--mantine-color-error': '#b42318',
    '--mantine-color-default-border': '#d5dddb',
    '--dipnet-control-border': '#84918f',
    '--mantine-color-yellow-light-color': '#7a4a00',
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b02525',
    '--dipnet-surface': '#ffffff',
    '--dipnet-stage': '#e9efee',
    '--dipnet-rail': '#eef2f1',
    '--dipnet-positive': '#0b6b4f',
    '--dipnet-verified-text': '#0a5c46',
    '--dipnet-verified-fill': '#d7f0e5',
    '--dipnet-sent-text': '#7a4a00',
    '--dipnet-sent-fill': '#fdebc8',
    '--dipnet-demo-text': '#6b4200',
    '--dipnet-demo-fill': '#fdefd2',
    '--dipnet-demo-stripe': '#fbe3b4',
    '--dipnet-live': '#b45309',
  },
  dark: {
    '--mantine-color-body': '#12181a',
    '--mantine-color-dimmed': '#94a1a1',
    '--mantine-color-placeholder': '#7f8d8d',
    '--mantine-color-error': '#ff9c8f',
    '--mantine-color-default': '#1d2527',
    '--mantine-color-default-hover': '#252e30',
    '--mantine-color-default-border': '#2e383a',
    '--dipnet-control-border': '#6c7a7b',
    '--mantine-color-petrol-light': 'rgb(69 176 169 / 14%)',
    '--mantine-color-petrol-light-hover': 'rgb(69 176 169 / 20%)',
    '--mantine-color-petrol-light-color': '#9ad9d3',
    '--mantine-color-anchor': '#71c3bd',
    '--mantine-color-yellow-light': '#2c210c',
    '--mantine-color-yellow-light-color': '#f7cf85',
    '--mantine-color-red-light': '#3a1613',
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b02525',
    '--mantine-color-red-light-color': '#ffa99e',
    '--dipnet-surface': '#181f21',
    '--dipnet-stage': '#0f1516',
    '--dipnet-rail': '#0e1314',
    '--dipnet-positive': '#5fd0a5',
    '--dipnet-verified-text': '#7adcb8',
    '--dipnet-verified-fill': '#10392d',
    '--dipnet-sent-text': '#f7c66b',
    '--dipnet-sent-fill': '#3d2c0b',
    '--dipnet-demo-text': '#f7cf85',
    '--dipnet-demo-fill': '#2c210c',
    '--dipnet-demo-stripe': '#37290f',
    '--dipnet-live': '#f5a524',
  },
});
