//! 防返贫监测: clues, verification, decision, monitored objects.
