// CuraEngine's settings of one job, with Cura's formulas worked out here, as the engine reads only plain values.

import type { SliceJob } from './slicer-job.ts';

const SKIRT_DISTANCE_MM = 3;
const BRIM_WIDTH_MM = 5;
const SHELL_UM = 800;

type Settings = Readonly<Record<string, string | number | boolean>>;

export function curaSettings(job: SliceJob, sizeUm: { readonly x: number; readonly y: number }): Settings {
  return {
    ...machineSettings(job),
    ...materialSettings(job),
    ...lineSettings(job),
    ...shapeSettings(job, sizeUm),
    ...speedSettings(),
  };
}

function machineSettings({ profile, material }: SliceJob): Settings {
  const { x, y, z } = profile.volumeMm;
  const start = [
    'G21',
    'G90',
    'M82',
    `M140 S${material.bedC}`,
    `M104 S${material.nozzleC}`,
    'G28',
    ...(material.bedC > 0 ? [`M190 S${material.bedC}`] : []),
    `M109 S${material.nozzleC}`,
    'G92 E0',
  ];
  const end = [
    'M107',
    'G91',
    'G1 E-2 F1800',
    'M104 S0',
    'M140 S0',
    'G90',
    `G1 X${Math.min(5, x)} Y${Math.max(0, y - 5)} F4800`,
    'M84',
  ];
  return {
    machine_width: x,
    machine_depth: y,
    machine_height: z,
    machine_center_is_zero: false,
    machine_heated_bed: true,
    machine_gcode_flavor: 'RepRap (Marlin/Sprinter)',
    machine_start_gcode: start.join('\n'),
    machine_end_gcode: end.join('\n'),
    machine_nozzle_size: profile.nozzleUm / 1000,
    machine_nozzle_heat_up_speed: 2,
    material_bed_temp_prepend: false,
    material_print_temp_prepend: false,
    material_bed_temp_wait: false,
    material_print_temp_wait: false,
    relative_extrusion: false,
  };
}

function materialSettings({ profile, material }: SliceJob): Settings {
  const { nozzleC, bedC } = material;
  return {
    material_diameter: profile.filamentUm / 1000,
    material_print_temperature: nozzleC,
    material_print_temperature_layer_0: nozzleC,
    material_initial_print_temperature: nozzleC,
    material_final_print_temperature: nozzleC,
    default_material_print_temperature: nozzleC,
    material_bed_temperature: bedC,
    material_bed_temperature_layer_0: bedC,
    default_material_bed_temperature: bedC,
    retraction_enable: true,
    retraction_amount: 1,
    retraction_speed: 35,
    retraction_retract_speed: 35,
    retraction_prime_speed: 35,
    retraction_hop_enabled: false,
  };
}

/** Widths and layer heights: each of them is a formula of another in Cura. */
function lineSettings({ profile, settings }: SliceJob): Settings {
  const layerMm = settings.layerHeightUm / 1000;
  const nozzleMm = profile.nozzleUm / 1000;
  const widths = ['', 'wall_', 'skin_', 'infill_', 'skirt_brim_', 'support_', 'support_interface_'];
  const named = widths.map((name) => [`${name}line_width`, nozzleMm] as const);
  return {
    ...Object.fromEntries(named),
    wall_line_width_0: nozzleMm,
    wall_line_width_x: nozzleMm,
    support_roof_line_width: nozzleMm,
    support_bottom_line_width: nozzleMm,
    layer_height: layerMm,
    layer_height_0: Math.min(Math.max(layerMm, nozzleMm / 2), nozzleMm * 0.75),
    infill_sparse_thickness: layerMm,
    resolution: 0.05,
    meshfix_maximum_resolution: 0.05,
    meshfix_maximum_deviation: 0.02,
  };
}

function shapeSettings(
  { profile, settings }: SliceJob,
  sizeUm: { readonly x: number; readonly y: number },
): Settings {
  const nozzleMm = profile.nozzleUm / 1000;
  const shellLayers = Math.max(3, Math.ceil(SHELL_UM / settings.layerHeightUm));
  const { infillPercent } = settings;
  const solid = infillPercent >= 95;
  // Lines in two directions lie twice as far apart for the same density.
  const directions = solid ? 1 : 2;
  const marginMm = (SKIRT_DISTANCE_MM + BRIM_WIDTH_MM) * 2;
  const hasRoom =
    sizeUm.x / 1000 + marginMm <= profile.volumeMm.x && sizeUm.y / 1000 + marginMm <= profile.volumeMm.y;
  const adhesion = settings.brim ? 'brim' : hasRoom ? 'skirt' : 'none';
  return {
    wall_line_count: settings.perimeters,
    wall_thickness: settings.perimeters * nozzleMm,
    top_layers: shellLayers,
    bottom_layers: shellLayers,
    initial_bottom_layers: shellLayers,
    infill_pattern: solid ? 'lines' : 'grid',
    infill_line_distance: infillPercent === 0 ? 0 : (nozzleMm * 100 * directions) / infillPercent,
    infill_sparse_density: infillPercent,
    support_enable: settings.supports,
    support_type: 'everywhere',
    support_angle: 50,
    support_line_distance: nozzleMm * 6,
    support_initial_layer_line_distance: nozzleMm * 6,
    support_z_distance: settings.layerHeightUm / 1000,
    support_top_distance: settings.layerHeightUm / 1000,
    support_bottom_distance: settings.layerHeightUm / 1000,
    adhesion_type: adhesion,
    skirt_line_count: 1,
    skirt_gap: SKIRT_DISTANCE_MM,
    skirt_brim_minimal_length: 150,
    brim_width: BRIM_WIDTH_MM,
    brim_line_count: Math.ceil(BRIM_WIDTH_MM / nozzleMm),
  };
}

/** mm/s */
function speedSettings(): Settings {
  return {
    speed_print: 60,
    speed_infill: 70,
    speed_wall: 45,
    speed_wall_0: 35,
    speed_wall_x: 50,
    speed_topbottom: 40,
    speed_support: 50,
    speed_support_infill: 50,
    speed_support_interface: 40,
    speed_travel: 140,
    speed_layer_0: 20,
    speed_print_layer_0: 20,
    speed_travel_layer_0: 80,
    skirt_brim_speed: 20,
    cool_fan_enabled: true,
    cool_fan_speed: 100,
    cool_fan_speed_min: 60,
    cool_fan_speed_max: 100,
    cool_fan_speed_0: 0,
    cool_min_layer_time: 5,
    cool_min_speed: 10,
  };
}
