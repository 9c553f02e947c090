/** Icons by the name a description gives. Drawn as SVG; the library's icon font would be fetched from outside. */
import {
  AppIcon, BookIcon, ChartBarIcon, CheckCircleIcon, DashboardIcon, FileIcon, FlagIcon, HomeIcon, LocationIcon, MoneyIcon,
  RefreshIcon, SearchIcon, SettingIcon, TaskIcon, TimeIcon, UserIcon, UsergroupIcon, UserListIcon, SecuredIcon, FileSearchIcon, HeartIcon, InternetIcon, ToolsIcon,
} from 'tdesign-icons-vue-next';
import type { Component } from 'vue';

const ICONS: Record<string, Component> = {
  home: HomeIcon, house: HomeIcon, household: HomeIcon, user: UserIcon, users: UsergroupIcon, member: UsergroupIcon, group: UsergroupIcon, people: UsergroupIcon,
  money: MoneyIcon, income: MoneyIcon, chart: ChartBarIcon, report: ChartBarIcon, check: CheckCircleIcon, quality: CheckCircleIcon, flag: FlagIcon, clue: FlagIcon, alert: FlagIcon,
  task: TaskIcon, todo: TaskIcon, file: FileIcon, form: FileIcon, book: BookIcon, search: SearchIcon, setting: SettingIcon, settings: SettingIcon, sync: RefreshIcon, refresh: RefreshIcon,
  time: TimeIcon, visit: LocationIcon, map: LocationIcon, location: LocationIcon, dashboard: DashboardIcon, help: HeartIcon, heart: HeartIcon, shield: SecuredIcon, lock: SecuredIcon,
  audit: FileSearchIcon, village: InternetIcon, region: InternetIcon, tools: ToolsIcon, list: UserListIcon,
};
export const iconOf = (name: string): Component => ICONS[name] ?? AppIcon;
export {
  AddIcon, BrowseIcon, BrowseOffIcon, FileIcon, ChevronDownIcon, ChevronRightIcon, CloseIcon, DeleteIcon, DownloadIcon, EditIcon, FilterIcon, HelpCircleIcon, HistoryIcon, ErrorCircleIcon,
  LockOnIcon, LogoutIcon, MoonIcon, PrintIcon, RefreshIcon, RollbackIcon, SearchIcon, SunnyIcon, TaskIcon, TimeIcon, UploadIcon, UserCircleIcon, UserIcon, ViewColumnIcon, ChartBarIcon, TableIcon, MapIcon, LocationIcon, SwapIcon, DashboardIcon,
} from 'tdesign-icons-vue-next';
