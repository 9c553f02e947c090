/** All modules that override something. */
import './registry';
import './relapse';
import './toilet';
import './yulu';
