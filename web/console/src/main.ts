import 'tdesign-vue-next/es/style/index.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { router } from './router';
import './data/prefs';
import './modules';
import './styles/main.css';

createApp(App).use(createPinia()).use(router).mount('#app');
