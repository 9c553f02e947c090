/** All modules that override something. */
import './registry';
import './relapse';
